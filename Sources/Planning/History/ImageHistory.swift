package import Model

/// What happened to one image on one channel: what the branch declared, joined with what a journal tells of it.
package struct ImageHistory: Sendable {
  package let key: ImageKey
  /// Oldest first.
  package let changes: [DeclaredChange]
  /// When each change was first made true, by the journal; nil where it does not tell.
  package let applied: [Timestamp?]
  /// What the journal tells beside that, in its order.
  package let incidents: [HistoryLine]

  let timeline: BranchTimeline
  let journal: ChannelJournal

  /// - Parameters:
  ///   - timeline: Of the channel's branch.
  ///   - source: Of the branch that rollouts come from; nil where none land on this one.
  ///   - journal: Of the channel.
  package init(
    of key: ImageKey, on timeline: BranchTimeline, from source: BranchTimeline?, journal: ChannelJournal
  ) {
    self.key = key
    self.timeline = timeline
    self.journal = journal
    let changes = timeline.digestChanges(of: key, from: source)
    var applied = [Timestamp?](repeating: nil, count: changes.count)
    var incidents: [HistoryLine] = []
    func note(_ kind: HistoryLine.Kind) { incidents.append(HistoryLine(key: key, kind: kind, applied: nil)) }
    for record in journal.records(of: key) {
      guard record.change.outcome == .applied else {
        if record.change.cause == .drift { note(.drift(record)) }
        continue
      }
      let index = changes.lastIndex { $0.isDeclared(for: record, on: timeline) }
      guard let index, changes[index].to == record.change.to else {
        note(.undeclared(record))
        continue
      }
      // What a tag is given again it had lost, whatever the daemon knew after a restart.
      if record.change.cause == .drift || applied[index] != nil {
        note(.drift(record))
      } else {
        applied[index] = record.time
      }
    }
    self.changes = changes
    self.applied = applied
    self.incidents = incidents
  }

  /// All that happened, newest first.
  package var lines: [HistoryLine] {
    let declarations = zip(changes, applied).map { change, applied in
      HistoryLine(key: key, kind: .declaration(change), applied: applied)
    }
    return (declarations + incidents).sorted(by: HistoryLine.newestFirst)
  }

  /// When the image had a digest, oldest first.
  package func periods(of digest: Digest) -> [DigestPeriod] {
    changes.indices.filter { changes[$0].to == digest }.map { index in
      let end = changes.index(after: index)
      return DigestPeriod(
        key: key, change: changes[index], applied: applied[index],
        end: end < changes.endIndex ? (changes[end], applied[end]) : nil)
    }
  }
}

extension DeclaredChange {
  /// Whether this had been declared at the commit that the record is of; where the branch does not have that commit (it
  /// was rewound since, or `apply --rev` named it), when the record was written.
  func isDeclared(for record: ChannelJournal.Record, on timeline: BranchTimeline) -> Bool {
    timeline.position(of: record.commit).map { position <= $0 } ?? (declared <= record.time)
  }
}

/// A time in which an image had a digest on a channel.
package struct DigestPeriod: Sendable {
  package let key: ImageKey
  /// That began it.
  package let change: DeclaredChange
  package let applied: Timestamp?
  /// What ended it, and when that was applied; nil where the image still has the digest.
  package let end: (change: DeclaredChange, applied: Timestamp?)?
}
