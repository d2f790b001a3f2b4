package import Model

/// One line of the journal.
package struct JournalEntry: Hashable, Sendable {
  package let time: Timestamp
  package let event: Event

  package enum Event: Hashable, Sendable {
    case started(version: String)
    /// The commit that a channel's writes make true from now on, written before the first of them. A channel's first
    /// one begins its first pass, which holds every deletion.
    case applying(channel: String, CommitID, images: Int, beginsFirstPass: Bool = false)
    case change(channel: String, CommitID, Change)
    /// A pass that changed something or whose commit is new. Converged: every declared tag has its digest;
    /// deletions may wait. The first that knew the branch's whole history ends the channel's first pass.
    case pass(
      channel: String, CommitID, Plan.Summary, duration: Duration, isConverged: Bool,
      endsFirstPass: Bool = false)
    case accepted(channel: String, CommitID)
    /// A batch of tags is about to get this tombstone; each with the digest that it has now.
    case tombstoning(TombstoneBatch)
    /// What became of each tag is unknown in a journal of an earlier version.
    case tombstoned(batch: String, fates: [TagName: TombstoneBatch.Fate])
  }

  package init(time: Timestamp, event: Event) {
    self.time = time
    self.event = event
  }
}
