import Model

/// How an image stands towards its copy. One of which no copy was asked for has no standing.
enum CopyStanding: Hashable {
  /// It is being copied, or waits for its turn, or what became of it is heard in a later pass.
  case awaited
  /// It is there, whole, from the place that is named.
  case copied(from: String)
  case failed(WriteFailure)
  /// A copy was begun and came to no end.
  case cutOff
}

extension [NeededImage: CopyStanding] {
  subscript(change: Change) -> CopyStanding? { NeededImage(change).flatMap { self[$0] } }
}
