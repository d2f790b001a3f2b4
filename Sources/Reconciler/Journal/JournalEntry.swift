package import Model

/// One line of the journal.
package struct JournalEntry: Hashable, Sendable {
  package let time: Timestamp
  package let event: Event

  package enum Event: Hashable, Sendable {
    case started(version: String)
    /// The commit that a channel's writes make true from now on, written before the first of them.
    case applying(channel: String, CommitID, images: Int)
    case change(channel: String, CommitID, Change)
    /// A pass that changed something or whose commit is new. Converged: every declared tag has its digest;
    /// deletions may wait.
    case pass(channel: String, CommitID, Plan.Summary, duration: Duration, isConverged: Bool)
    case accepted(channel: String, CommitID)
    /// A batch of tags is about to get this tombstone; each with the digest that it has now.
    case tombstoning(TombstoneBatch)
    case tombstoned(batch: String)
  }

  package init(time: Timestamp, event: Event) {
    self.time = time
    self.event = event
  }
}

/// Tags of one repository that are deleted together through one tombstone.
package struct TombstoneBatch: Hashable, Sendable {
  package struct Member: Hashable, Sendable {
    package let tag: TagName
    /// What it gets back where the deletion fails.
    package let original: Digest

    package init(tag: TagName, original: Digest) {
      self.tag = tag
      self.original = original
    }
  }

  package let id: String
  package let repository: RepositoryName
  package let tombstone: Digest
  package let members: [Member]

  package init(id: String, repository: RepositoryName, tombstone: Digest, members: [Member]) {
    self.id = id
    self.repository = repository
    self.tombstone = tombstone
    self.members = members
  }
}
