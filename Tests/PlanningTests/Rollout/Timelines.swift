import Model
import Planning
import TestSupport

/// A main and a production branch as timelines: what git would keep of them.
struct Timelines: RolloutBranches {
  private(set) var mainTimeline = BranchTimeline()
  private(set) var timeline = BranchTimeline()
  private var mainState = DesiredState.empty
  private var state = DesiredState.empty
  private var landed: [(before: DesiredState, after: DesiredState)] = []
  /// Production's own commits.
  private var arrived: [CommitID] = []
  private var commits = 0

  struct Cut {
    let cut: RolloutCut
    let from: CommitID
    let onto: CommitID?
  }

  var production: [ImageKey: Digest] {
    Dictionary(uniqueKeysWithValues: state.entries.map { ($0.key, $0.digest) })
  }

  mutating func commitOnMain(_ state: [ImageKey: Digest], at time: Int) throws {
    mainState = try Self.state(state)
    mainTimeline.append(try nextCommit(at: time), entries: mainState.entries)
  }

  mutating func mergeBack(at time: Int) throws {
    mainTimeline.append(try nextCommit(at: time), entries: mainState.entries, reaching: arrived)
  }

  func cut(hold: Set<ImageKey>, only: Set<ImageKey>?, at time: Int) -> Cut? {
    let cut = RolloutCut(
      from: mainTimeline, state: mainState, onto: timeline, state: state,
      RolloutOptions(hold: hold, only: only))
    return cut.isEmpty ? nil : Cut(cut: cut, from: mainTimeline.tip!, onto: timeline.tip)
  }

  mutating func land(_ cut: Cut, by landing: Landing, at time: Int) throws -> Bool {
    guard cut.onto == timeline.tip else { return false }
    // Only a replaced message loses where the cut came from; a merge, a rebase and a fast-forward keep the cut's commit.
    try land(cut.cut.state, brings: landing == .squashWithOtherMessage ? [] : [cut.from], at: time)
    return true
  }

  mutating func hotfix(_ key: ImageKey, _ digest: Digest, at time: Int) throws {
    try land(try Self.state(production.merging([key: digest]) { $1 }), at: time)
  }

  mutating func rollBack(_ key: ImageKey, at time: Int) throws -> Bool {
    do {
      try land(timeline.rollingBack([key], from: mainTimeline, state: state).state, at: time)
      return true
    } catch RollbackObjection.nothingBefore(key) {
      return false
    }
  }

  mutating func revert(_ index: Int, at time: Int) throws -> Bool {
    let (before, after) = landed[index]
    guard let merged = ThreeWayMerge(base: after, ours: state, theirs: before).state else { return false }
    try land(merged, at: time)
    return true
  }

  private mutating func land(_ next: DesiredState, brings: [CommitID] = [], at time: Int) throws {
    let commit = try nextCommit(at: time, brings: brings)
    arrived.append(commit.id)
    timeline.append(commit, entries: next.entries)
    landed.append((state, next))
    state = next
  }

  private mutating func nextCommit(at time: Int, brings: [CommitID] = []) throws -> BranchTimeline.Commit {
    commits += 1
    return .init(id: try commit(commits), time: Timestamp(seconds: Int64(time)), brings: brings)
  }

  private static func state(_ digests: [ImageKey: Digest]) throws -> DesiredState {
    try DesiredState(digests.map { .init(key: $0.key, digest: $0.value) })
  }
}
