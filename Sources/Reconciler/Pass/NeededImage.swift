import Model

/// An image that a repository is to have.
struct NeededImage: Hashable, Sendable {
  let repository: RepositoryName
  let digest: Digest

  init(_ change: Change, _ digest: Digest) {
    repository = change.key.repository
    self.digest = digest
  }
}
