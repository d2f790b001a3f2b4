package import Model

/// What earlier processes of this state directory did, folded from the journal.
package struct JournalRecord: Sendable {
  package struct Channel: Hashable, Sendable {
    /// The commit that the last writes made true, or that a person accepted since.
    package fileprivate(set) var applied: CommitID?
    /// How many images it declared; nil where none was applied.
    package fileprivate(set) var appliedImages: Int?
    /// How many the commit before it declared; nil where there was none.
    fileprivate var imagesBefore: Int?
    /// The commit that `appliedImages` counts: an accepted one is applied before it is counted.
    package private(set) var counted: CommitID?
    package fileprivate(set) var everApplied: Set<CommitID> = []
    package fileprivate(set) var accepted: CommitID?
    /// Until a pass that knew the branch's whole history was made: nobody has been told yet what it would delete.
    package fileprivate(set) var isInFirstPass = false
    /// The images whose tags were created from another channel's branch, and not deleted since.
    package fileprivate(set) var created: Set<ImageKey> = []
    /// What was put since the last converged commit, and created tags however long ago, which no commit of the branch
    /// declares: the digests that they are known to have had.
    package fileprivate(set) var put: [TagReference: Put] = [:]
    /// The last commit after whose pass nothing was left to do.
    package fileprivate(set) var converged: CommitID?
    /// The commits that were begun since, in their order. Writes may have been made for them that no entry tells of.
    package fileprivate(set) var begun: [CommitID] = []

    package struct Put: Hashable, Sendable {
      package let key: ImageKey
      package let digest: Digest
      /// How many commits were begun before it.
      package fileprivate(set) var begun: Int
    }

    fileprivate mutating func note(_ change: Change) {
      if change.cause == .createFrom { created.insert(change.key) }
      if change.cause == .prune { created.remove(change.key) }
      guard change.cause != .keep else { return }
      put[change.reference] = change.to.map { Put(key: change.key, digest: $0, begun: begun.count) }
    }

    fileprivate mutating func converge(at commit: CommitID) {
      converged = commit
      begun = []
      put = put.filter { created.contains($0.value.key) }
      for tag in put.keys { put[tag]!.begun = 0 }
    }

    /// A commit's entry may stand there again, such as after a failed fsync: the one before it stays the one before it.
    fileprivate mutating func apply(_ commit: CommitID, _ images: Int) {
      if counted != commit {
        (imagesBefore, appliedImages) = (appliedImages, images)
        begun.append(commit)
      }
      (applied, counted) = (commit, commit)
      everApplied.insert(commit)
    }

    /// What the deletions that `target` asks for are counted against: the images of the commit applied before it,
    /// however many passes they take. After a channel's first commit its own. Nil in its first pass.
    func images(before target: CommitID) -> Int? {
      if isInFirstPass { return nil }
      return counted == target ? imagesBefore ?? appliedImages : appliedImages
    }
  }

  package private(set) var channels: [String: Channel] = [:]
  /// Batches that were begun and not ended, oldest first.
  package private(set) var unfinishedBatches: [TombstoneBatch] = []
  /// Digests of all tombstones ever put on a tag.
  package private(set) var tombstones: Set<Digest> = []

  package init() {}

  /// As it will be once the channel `name` has applied `commit`: for what depends on that channel.
  package func assuming(_ name: String, applied commit: CommitID) -> JournalRecord {
    var record = self
    record.channels[name, default: Channel()].apply(commit, record.channels[name]?.appliedImages ?? 0)
    return record
  }

  package mutating func fold(_ event: JournalEntry.Event) {
    switch event {
    case .started: break
    case .change(let name, _, let change):
      guard change.outcome == .applied else { break }
      channels[name, default: Channel()].note(change)
    case .applying(let name, let commit, let images, let beginsFirstPass):
      channels[name, default: Channel()].apply(commit, images)
      if beginsFirstPass { channels[name]!.isInFirstPass = true }
    case .pass(let name, let commit, _, _, let isConverged, let endsFirstPass):
      if isConverged { channels[name, default: Channel()].converge(at: commit) }
      if endsFirstPass { channels[name]?.isInFirstPass = false }
    case .accepted(let name, let commit):
      channels[name, default: Channel()].applied = commit
      channels[name]!.accepted = commit
    case .tombstoning(let batch):
      unfinishedBatches.append(batch)
      tombstones.insert(batch.tombstone)
    case .tombstoned(let id, _):
      unfinishedBatches.removeAll { $0.id == id }
    }
  }
}

extension JournalRecord {
  /// Folds a whole journal. The last line may be torn: it is left out, and `wholeBytes` says where it starts.
  /// - Throws: `JournalCorruption` for any other line that can't be read.
  package static func read(_ journal: [UInt8]) throws(JournalCorruption) -> (
    record: JournalRecord, wholeBytes: Int
  ) {
    var record = JournalRecord()
    let wholeBytes = try JournalEntry.forEach(in: journal) { record.fold($0.event) }
    return (record, wholeBytes)
  }
}
