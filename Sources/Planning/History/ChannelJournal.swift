package import Model

/// What a journal tells of one channel, in the journal's order.
package struct ChannelJournal: Sendable {
  /// How one change of a tag ended.
  package struct Record: Hashable, Sendable {
    package let time: Timestamp
    /// What the channel was made to be then.
    package let commit: CommitID
    package let change: Change
  }

  /// That something was done towards a commit.
  struct Mark: Hashable {
    let time: Timestamp
    let commit: CommitID
    /// Every tag that the commit declares had its digest.
    let isConverged: Bool
  }

  private var recordsByImage: [ImageKey: [Record]] = [:]
  private(set) var marks: [Mark] = []

  package init() {}

  package mutating func append(_ change: Change, at commit: CommitID, _ time: Timestamp) {
    marks.append(Mark(time: time, commit: commit, isConverged: false))
    // A tag that keeps a generation is another one than the image's.
    guard change.cause != .keep else { return }
    recordsByImage[change.key, default: []].append(Record(time: time, commit: commit, change: change))
  }

  /// A pass, or another entry that names the channel's commit.
  package mutating func append(commit: CommitID, isConverged: Bool = false, _ time: Timestamp) {
    marks.append(Mark(time: time, commit: commit, isConverged: isConverged))
  }

  /// Every image that the journal tells of.
  package var images: some Sequence<ImageKey> { recordsByImage.keys }

  func records(of key: ImageKey) -> [Record] { recordsByImage[key] ?? [] }
}
