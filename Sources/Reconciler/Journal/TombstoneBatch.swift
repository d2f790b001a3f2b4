package import Model

/// Tags of one repository that are deleted together through one tombstone.
package struct TombstoneBatch: Hashable, Sendable {
  package struct Member: Hashable, Sendable {
    package let tag: TagName
    /// What it gets back where the deletion fails.
    package let original: Digest
    /// The image whose removal asks for the deletion; nil in a journal of an earlier version.
    package let image: ImageName?

    package init(tag: TagName, original: Digest, image: ImageName? = nil) {
      self.tag = tag
      self.original = original
      self.image = image
    }
  }

  /// Who asks for the deletions.
  package struct Origin: Hashable, Sendable {
    package let channel: String
    package let commit: CommitID

    package init(channel: String, commit: CommitID) {
      self.channel = channel
      self.commit = commit
    }
  }

  /// What became of a tag.
  package enum Fate: String, Sendable, CaseIterable {
    case deleted
    /// Somebody else's digest stands there now.
    case foreign
    /// It has its original digest.
    case kept
  }

  package let id: String
  package let repository: RepositoryName
  package let tombstone: Digest
  package let members: [Member]
  /// Nil in a journal of an earlier version.
  package let origin: Origin?

  package init(
    id: String, repository: RepositoryName, tombstone: Digest, members: [Member], origin: Origin? = nil
  ) {
    self.id = id
    self.repository = repository
    self.tombstone = tombstone
    self.members = members
    self.origin = origin
  }

  func reference(of member: Member) -> TagReference { TagReference(repository, member.tag) }
}
