import Model

/// An image that a repository is to have.
struct NeededImage: Hashable, Sendable {
  let repository: RepositoryName
  let digest: Digest

  /// Nil for a deletion.
  init?(_ change: Change) {
    guard let digest = change.to else { return nil }
    repository = change.key.repository
    self.digest = digest
  }
}
