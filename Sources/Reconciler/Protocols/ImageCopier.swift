package import Model

/// The reading half of a channel's `sources`: all that `plan` holds of them.
package protocol ImageFinder: Sendable {
  /// Which of `sources` has `digest`, in their order.
  func find(
    _ digest: Digest, for repository: RepositoryName, in sources: [CopySource]
  ) async -> SourceSearch
}

/// Copies images from a channel's `sources`.
package protocol ImageCopier: ImageFinder {
  var unfinished: UnfinishedCopies { get }
  /// Makes `repository` have the image `digest`, whole, from the first of `sources` that has it. Cancelling the task ends
  /// the copy; a later one goes on with what is there.
  /// - Parameter begins: Called where the image was found, and read, before anything of it is sent to `repository`.
  /// - Throws: `WriteFailure`: of kind `missing` where no source has it, naming where was looked.
  func copy(
    _ digest: Digest, to repository: RepositoryName, from sources: [CopySource],
    begins: @escaping @Sendable () -> Void
  ) async throws(WriteFailure) -> (source: String, bytes: Int)
}

package enum SourceSearch: Hashable, Sendable {
  /// It is there, at the place that is named.
  case found(String)
  /// No source has it, each of which said so. The text says where the digest is not, and what to do.
  case missing(String)
  /// A source did not say, and none of the others has it.
  case unknown(String)
}
