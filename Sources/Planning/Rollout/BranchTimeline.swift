package import Model

/// What a branch declared over time, image by image: its first-parent chain, oldest commit first.
package struct BranchTimeline: Sendable {
  /// A first-parent commit.
  package struct Commit: Hashable, Sendable {
    package let id: CommitID
    /// The committer's: when it landed here.
    package let time: Timestamp
    package let author: String
    /// The first line of its message.
    package let subject: String
    /// Commits of the other branch that it says, or is seen, to bring: the values of its `Rollout-From:` lines and of
    /// those of the commits that it merged, and its further parents. Not all need be on that branch.
    package let brings: [CommitID]

    package init(
      id: CommitID, time: Timestamp, author: String = "", subject: String = "", brings: [CommitID] = []
    ) {
      self.id = id
      self.time = time
      self.author = author
      self.subject = subject
      self.brings = brings
    }
  }

  /// From a commit on, an image is declared so.
  package struct Change: Hashable, Sendable {
    package let commit: Commit
    /// Nil where the commit removed the image.
    package let entry: DesiredState.Entry?
    /// Where the commit stands on the chain; every commit counts.
    package let position: Int
    /// The commit's, but never before that of an earlier one: clocks differ.
    package let time: Timestamp
  }

  private var changesByImage: [ImageKey: [Change]] = [:]
  private var positions: [CommitID: Int] = [:]
  private var declared: [ImageKey: DesiredState.Entry] = [:]
  /// Everything that commits brought, of whatever branch.
  private var brought: Set<CommitID> = []
  private var time = Timestamp(milliseconds: .min)
  package private(set) var tip: CommitID?

  package init() {}

  /// The next commit of the chain.
  /// - Parameter entries: All that it declares; nil where it changes nothing of the state. Of one image the first entry
  ///   counts: old files were read leniently.
  package mutating func append(_ commit: Commit, entries: [DesiredState.Entry]? = nil) {
    let position = positions.count
    positions[commit.id] = position
    tip = commit.id
    brought.formUnion(commit.brings)
    time = max(time, commit.time)
    guard let entries else { return }
    let next = Dictionary(entries.map { ($0.key, $0) }) { first, _ in first }
    func note(_ key: ImageKey, _ entry: DesiredState.Entry?) {
      changesByImage[key, default: []].append(
        Change(commit: commit, entry: entry, position: position, time: time))
    }
    for (key, entry) in next where declared[key] != entry { note(key, entry) }
    for key in declared.keys where next[key] == nil { note(key, nil) }
    declared = next
  }

  /// The changes of one image, oldest first; a change of any field is one.
  package func changes(of key: ImageKey) -> [Change] { changesByImage[key] ?? [] }

  /// Every image that was ever declared, ascending.
  package var images: [ImageKey] { changesByImage.keys.sorted() }

  /// Where a commit stands on the chain; nil where it is not on it.
  package func position(of commit: CommitID) -> Int? { positions[commit] }

  /// The newest commit of `source` that a commit here brought; nil where none is known.
  package func lastBrought(from source: BranchTimeline) -> CommitID? {
    brought.max { (source.position(of: $0) ?? -1) < (source.position(of: $1) ?? -1) }
      .flatMap { source.position(of: $0) == nil ? nil : $0 }
  }

  /// The values of one field of an image, oldest first, where they changed.
  func past<Value: Hashable>(of key: ImageKey, _ field: (DesiredState.Entry) -> Value?) -> FieldPast<Value> {
    var past = FieldPast<Value>()
    for change in changes(of: key) { past.append(change.entry.flatMap(field), change) }
    return past
  }

  /// An image's digests; nil where it was removed.
  func digests(of key: ImageKey) -> FieldPast<Digest> { past(of: key, \.digest) }
}

/// What one field of one image was on a branch. Before the first value it was absent.
struct FieldPast<Value: Hashable> {
  struct Step {
    /// Nil for none.
    let value: Value?
    let change: BranchTimeline.Change

    var time: Timestamp { change.time }
    var position: Int { change.position }
  }

  /// Each differs from the one before.
  private(set) var steps: [Step] = []

  var current: Value? { steps.last?.value }

  init() {}

  /// The first steps of `past`, to `index` included.
  init(_ past: FieldPast, through index: Int) { steps = Array(past.steps[...index]) }

  mutating func append(_ value: Value?, _ change: BranchTimeline.Change) {
    if value != current { steps.append(Step(value: value, change: change)) }
  }

  /// What it was before step `index`.
  func value(before index: Int) -> Value? { index > 0 ? steps[index - 1].value : nil }

  /// Whether it ever was `value` before step `index`; it was nil before its first value.
  func had(_ value: Value?, before index: Int) -> Bool {
    value == nil || steps[..<index].contains { $0.value == value }
  }
}
