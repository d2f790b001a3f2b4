import Model
import Planning
import TestSupport

/// A main and a production branch as timelines: what git would keep of them.
struct Branches {
  /// How a pull request lands.
  enum Landing: CaseIterable { case merge, fastForward, squash, squashWithOtherMessage, rebase }

  private(set) var main = BranchTimeline()
  private(set) var production = BranchTimeline()
  private(set) var mainState = DesiredState.empty
  private(set) var productionState = DesiredState.empty
  /// The states of production, commit by commit, for reverts.
  private(set) var landed: [(before: DesiredState, after: DesiredState)] = []
  private var commits = 0

  mutating func commitOnMain(_ state: DesiredState, at time: Int) throws {
    main.append(try nextCommit(at: time), entries: state.entries)
    mainState = state
  }

  mutating func commitOnProduction(_ state: DesiredState, brings: [CommitID] = [], at time: Int) throws {
    production.append(try nextCommit(at: time, brings: brings), entries: state.entries)
    landed.append((productionState, state))
    productionState = state
  }

  mutating func land(_ cut: RolloutCut, from tip: CommitID, by landing: Landing, at time: Int) throws {
    // Only a replaced message loses where the cut came from; a merge, a rebase and a fast-forward keep the cut's commit.
    try commitOnProduction(cut.state, brings: landing == .squashWithOtherMessage ? [] : [tip], at: time)
  }

  /// A revert as the merge driver makes it; nil where later commits changed the same images otherwise.
  func reverting(_ index: Int) -> DesiredState? {
    let (before, after) = landed[index]
    var digests = Dictionary(uniqueKeysWithValues: productionState.entries.map { ($0.key, $0.digest) })
    for key in Set(before.entries.map(\.key)).union(after.entries.map(\.key)) {
      guard before[key]?.digest != after[key]?.digest else { continue }
      guard digests[key] == after[key]?.digest else { return nil }
      digests[key] = before[key]?.digest
    }
    return try? DesiredState(digests.map { .init(key: $0.key, digest: $0.value) })
  }

  private mutating func nextCommit(at time: Int, brings: [CommitID] = []) throws -> BranchTimeline.Commit {
    commits += 1
    return .init(id: try commit(commits), time: Timestamp(seconds: Int64(time)), brings: brings)
  }
}
