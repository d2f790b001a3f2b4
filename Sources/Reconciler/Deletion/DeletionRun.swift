import Model

/// One channel's deletions under way: which may go, how the host bears them, and who hears how each ended.
final class DeletionRun {
  let origin: TombstoneBatch.Origin
  /// Whether the digest that a tag has now is one that its deletion may take away.
  let isOurs: (Change, Digest) -> Bool
  private(set) var health: HostHealth
  private let ended: (Change, WriteFailure?) -> JournalEntry.Event?
  private var unrecorded: [JournalEntry.Event] = []

  /// - Parameters:
  ///   - tolerance: after how many faults in a row the host is given up.
  ///   - ended: hears of each deletion as it ended, and why, and returns what the journal has to hold of it.
  init(
    _ origin: TombstoneBatch.Origin, tolerance: Int, isOurs: @escaping (Change, Digest) -> Bool,
    ended: @escaping (Change, WriteFailure?) -> JournalEntry.Event?
  ) {
    self.origin = origin
    self.isOurs = isOurs
    self.ended = ended
    health = HostHealth(tolerance: tolerance)
  }

  /// Of a deletion that was not begun nobody hears.
  func end(_ change: Change, because failure: WriteFailure? = nil) {
    guard failure?.kind != .notBegun else { return }
    health.note(failure)
    if let event = ended(change, failure) { unrecorded.append(event) }
  }

  func fail(_ change: Change, _ failure: WriteFailure) { end(change.ended(failure), because: failure) }

  /// What the journal has to hold of the deletions that ended since the last call.
  func takeUnrecorded() -> [JournalEntry.Event] {
    defer { unrecorded = [] }
    return unrecorded
  }
}
