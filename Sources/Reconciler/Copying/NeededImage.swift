import Model
import Planning

/// An image that a repository is to have.
struct NeededImage: Hashable, Sendable {
  let repository: RepositoryName
  let digest: Digest

  /// What a pass put behind a copy.
  static func copied(by report: PassReport) -> Set<NeededImage> {
    Set(
      report.plan.changes.filter { $0.copiedFrom != nil && $0.outcome == .applied }
        .compactMap { NeededImage($0) })
  }

  init(_ tag: KeepTag) { (repository, digest) = (tag.key.repository, tag.digest) }

  /// Nil for a deletion.
  init?(_ change: Change) {
    guard let digest = change.to else { return nil }
    repository = change.key.repository
    self.digest = digest
  }
}
