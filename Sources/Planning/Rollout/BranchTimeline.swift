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
    /// those of the commits that it merged, and their further parents. Not all need be on that branch.
    package let brings: [CommitID]
    /// Those of them whose other files it brings too.
    package let bringsFiles: [CommitID]
    /// It says that its digests had to soak: they are older than what it brings.
    package let isSoaked: Bool

    package init(
      id: CommitID, time: Timestamp, author: String = "", subject: String = "", brings: [CommitID] = [],
      bringsFiles: [CommitID] = [], isSoaked: Bool = false
    ) {
      self.id = id
      self.time = time
      self.author = author
      self.subject = subject
      self.brings = brings
      self.bringsFiles = bringsFiles
      self.isSoaked = isSoaked
    }
  }

  /// From a commit on, an image is declared so.
  package struct Change: Hashable, Sendable {
    package let commit: Commit
    /// Nil where the commit removed the image.
    package let entry: DesiredState.Entry?
    /// Where the commit stands on the chain; every commit counts.
    package let position: Int
    /// The commit's, but in the order of the chain: clocks differ.
    package let time: Timestamp
  }

  private var changesByImage: [ImageKey: [Change]] = [:]
  private var positions: [CommitID: Int] = [:]
  private var declared: [ImageKey: DesiredState.Entry] = [:]
  /// Where merged commits came onto the chain.
  private var reached: [CommitID: Int] = [:]
  /// Everything whose files commits brought, of whatever branch.
  private var broughtFiles: Set<CommitID> = []
  /// By position.
  private var commits: [Commit] = []
  private let times: [Timestamp]
  private var time = Timestamp(milliseconds: .min)
  /// Where the branch first declared anything.
  private(set) var start: Int?
  package private(set) var tip: CommitID?

  /// - Parameter times: the committers' times of the whole chain, oldest first, where it is known: those of clocks that
  ///   were wrong are then told from the others.
  package init(times: [Timestamp] = []) { self.times = times.inOrder }

  /// The next commit of the chain.
  /// - Parameter entries: All that it declares; nil where it changes nothing of the state. Of one image the first entry
  ///   counts: old files were read leniently.
  /// - Parameter reaching: the commits that it merged: they came here with it.
  package mutating func append(
    _ commit: Commit, entries: [DesiredState.Entry]? = nil, reaching: [CommitID] = []
  ) {
    let position = positions.count
    positions[commit.id] = position
    for id in reaching { reached[id] = position }
    tip = commit.id
    broughtFiles.formUnion(commit.bringsFiles)
    commits.append(commit)
    time = max(time, position < times.count ? times[position] : commit.time)
    guard let entries else { return }
    if start == nil, !entries.isEmpty { start = position }
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

  /// A commit of the chain.
  package func commit(_ id: CommitID) -> Commit? { positions[id].map { commits[$0] } }

  /// Where a commit stands on the chain; nil where it is not on it.
  package func position(of commit: CommitID) -> Int? { positions[commit] }

  /// The newest commit of `source` whose files a commit here brought; nil where none is known.
  package func lastFilesBrought(from source: BranchTimeline) -> CommitID? {
    broughtFiles.filter { source.position(of: $0) != nil }
      .max { source.position(of: $0)! < source.position(of: $1)! }
  }

  /// By position, up to where on `source` each commit of this branch and those before it are known to have brought it;
  /// -1 for nowhere.
  func broughtPositions(from source: BranchTimeline) -> [Int] {
    var known = -1
    return commits.map { commit in
      let brought = source.placements(broughtBy: commit) + [source.position(of: commit.id) ?? -1]
      known = max(known, brought.max()!)
      return known
    }
  }

  /// Where a commit came onto the chain, itself or by a merge: a pull the other way round takes commits off it.
  private func placement(of commit: CommitID) -> Int? { positions[commit] ?? reached[commit] }

  /// Where what `commit`, another branch's, says to bring came onto this chain. What came with a merge that brought
  /// `commit` itself came from there.
  func placements(broughtBy commit: Commit) -> [Int] {
    let placements = commit.brings.compactMap(placement)
    guard positions[commit.id] == nil, let back = reached[commit.id] else { return placements }
    return placements.filter { $0 < back }
  }

  /// Whether the last of what it declared is `state`.
  package func declares(_ state: DesiredState) -> Bool {
    declared.count == state.entries.count
      && state.entries.allSatisfy { declared[$0.key]?.digest == $0.digest }
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
