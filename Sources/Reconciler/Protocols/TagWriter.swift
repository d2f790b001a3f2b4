package import Model

/// The writing half of a registry.
package protocol TagWriter: TagReader {
  /// Where tasks that do little but send requests run best; nil where that is no matter.
  var taskExecutor: (any TaskExecutor)? { get }
  /// Points a tag at a digest of its repository: a `PUT` of the manifest's own bytes.
  /// - Parameter answered: Called, on any thread, at each answer on the way.
  func put(
    _ digest: Digest, at tag: TagReference, answered: @escaping @Sendable () -> Void
  ) async throws(WriteFailure)
  /// Deletes a tag and nothing else.
  func deleteTag(_ tag: TagReference) async throws(WriteFailure) -> TagDeletionAnswer

  /// Why tombstones are not to be tried on this host; nil where they are.
  var tombstoneObjection: String? { get }
  /// The digest of the tombstone of a batch, an index with no manifests.
  func tombstone(for repository: RepositoryName, batch: String) -> Digest
  /// Shows on the tombstone itself that the registry deletes manifests: `PUT` by digest, `DELETE`, `HEAD` 404.
  func proveDeletion(in repository: RepositoryName, batch: String) async throws(WriteFailure)
  func putTombstone(of batch: String, at tag: TagReference) async throws(WriteFailure)
  /// Deletes a manifest, and with it every tag that points to it.
  func deleteManifest(_ digest: Digest, in repository: RepositoryName) async throws(WriteFailure)
  func tags(in repository: RepositoryName) async throws(WriteFailure) -> Set<TagName>
}

extension TagWriter {
  package var taskExecutor: (any TaskExecutor)? { nil }

  package func put(_ digest: Digest, at tag: TagReference) async throws(WriteFailure) {
    try await put(digest, at: tag) {}
  }
}

package enum TagDeletionAnswer: Hashable, Sendable {
  case deleted
  case absent
  /// The registry deletes manifests at most, not tags.
  case unsupported(String)
}

/// Why a write was not made, or may not have been.
package struct WriteFailure: Error, Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// The repository lacks the manifest: it may be pushed yet.
    case missing
    /// The repository lacks what the manifest refers to.
    case incomplete
    /// The registry refuses it, and will again.
    case refused
    /// A fault that may pass. The write may have been made all the same.
    case transient
    /// The registry limits requests, to the end of what was waited for. It may pass; more requests make it worse.
    case throttled
    /// Nothing on this host can be written: read-only, or something in between that is no registry.
    case hostReadOnly
    /// It was given up before it was sent, because the program ends: no failure, and left to the next start.
    case notBegun
  }

  package let kind: Kind
  /// For people: host, status or error, and the remedy.
  package let message: String

  package init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }
}
