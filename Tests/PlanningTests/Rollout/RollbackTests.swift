import Model
import Planning
import TestSupport
import Testing

struct RollbackTests {
  /// One branch of `r/…`, and a main that only declared what the test says.
  private func timeline(_ states: [KeyValuePairs<String, UInt8>], from first: Int = 1) throws
    -> BranchTimeline
  {
    var timeline = BranchTimeline()
    for (index, state) in states.enumerated() {
      timeline.append(
        .init(id: try commit(first + index), time: Timestamp(seconds: Int64(first + index))),
        entries: try TestSupport.state(state).entries)
    }
    return timeline
  }

  @Test func anImageGoesBackPastWhatWasRolledBack() throws {
    let branch = try timeline([
      ["r/a": 1, "r/b": 1], ["r/a": 2, "r/b": 1], ["r/a": 3, "r/b": 1], ["r/a": 2, "r/b": 1],
    ])
    let now = try state(["r/a": 2, "r/b": 1])
    let rollback = try branch.rollingBack([key("r/a")], from: BranchTimeline(), state: now)
    #expect(rollback.steps.map(\.to) == [digest(1)])
    #expect(try rollback.steps[0].declaredBy?.id == commit(1))
    #expect(try rollback.state == state(["r/a": 1, "r/b": 1]) && rollback.removals == 0)
    #expect(try branch.rolledBackDigests(of: key("r/a"), from: BranchTimeline()).keys.sorted() == [digest(3)])
    // Its hold is of today.
    let held = try DesiredState([.init(key: key("r/a"), digest: digest(2), hold: "slow")])
    #expect(
      try branch.rollingBack([key("r/a")], from: BranchTimeline(), state: held).state.entries
        == [.init(key: key("r/a"), digest: digest(1), hold: "slow")])
  }

  @Test func whatWasRolledBackIsNotOfferedAgain() throws {
    let main = try timeline([["r/a": 1], ["r/a": 2], ["r/a": 1]], from: 100)
    var branch = BranchTimeline()
    for (index, number) in ([1, 2, 1] as [UInt8]).enumerated() {
      branch.append(
        .init(
          id: try commit(index + 1), time: Timestamp(seconds: Int64(200 + index)),
          brings: [try commit(100 + index)]),
        entries: try state(["r/a": number]).entries)
    }
    let first = try branch.rollingBack([key("r/a")], from: main, state: state(["r/a": 1]))
    #expect(first.steps.map(\.to) == [digest(2)])
    branch.append(
      .init(id: try commit(4), time: Timestamp(seconds: 300)), entries: try state(["r/a": 2]).entries)
    #expect(throws: try RollbackObjection.nothingBefore(key("r/a"))) {
      try branch.rollingBack([key("r/a")], from: main, state: state(["r/a": 2]))
    }
  }

  @Test func aNewImageIsRemovedAndARemovedOneComesBack() throws {
    let added = try timeline([["r/b": 1], ["r/a": 1, "r/b": 1]])
    let rollback = try added.rollingBack(
      [key("r/a")], from: BranchTimeline(), state: state(["r/a": 1, "r/b": 1]))
    #expect(try rollback.state == state(["r/b": 1]) && rollback.removals == 1)
    let removed = try timeline([["r/a": 1, "r/b": 1], ["r/b": 1]])
    let back = try removed.rollingBack([key("r/a")], from: BranchTimeline(), state: state(["r/b": 1]))
    #expect(try back.state == state(["r/a": 1, "r/b": 1]))
  }

  @Test func whatCannotBe() throws {
    let branch = try timeline([["r/a": 1], ["r/a": 2], ["r/a": 1]])
    let now = try state(["r/a": 1])
    // Rolled back already, and no new image: nothing but a person's word removes it.
    #expect(throws: try RollbackObjection.nothingBefore(key("r/a"))) {
      try branch.rollingBack([key("r/a")], from: BranchTimeline(), state: now)
    }
    #expect(throws: try RollbackObjection.unknown(key("r/x"))) {
      try branch.rollingBack([key("r/x")], from: BranchTimeline(), state: now)
    }
    #expect(throws: try RollbackObjection.alreadyThere(key("r/a"))) {
      try branch.rollingBack(to: [(key("r/a"), now.entries[0])], state: now)
    }
  }

  @Test func ofSeveralImagesThoseThatAreThereAlreadyStay() throws {
    let now = try state(["r/a": 1, "r/b": 2])
    let earlier = try state(["r/a": 1, "r/b": 1])
    let rollback = try BranchTimeline().rollingBack(
      to: earlier.entries.map { ($0.key, $0) }, state: now)
    #expect(try rollback.steps.map(\.key) == [key("r/b")])
    #expect(rollback.state == earlier)
  }

  @Test func aRolloutGoesBackExceptWhatChangedSince() throws {
    let main = try timeline(
      [
        ["r/a": 1, "r/b": 1, "r/c": 1, "r/e": 1], ["r/a": 2, "r/b": 2, "r/c": 1, "r/d": 2, "r/e": 2],
      ], from: 100)
    var branch = BranchTimeline()
    // Since the rollout b was fixed by hand, and e is back already.
    let states: [(KeyValuePairs<String, UInt8>, Bool)] = [
      (["r/a": 1, "r/b": 1, "r/c": 1, "r/e": 1], true),
      (["r/a": 2, "r/b": 2, "r/c": 1, "r/d": 2, "r/e": 2], true),
      (["r/a": 2, "r/b": 9, "r/c": 1, "r/d": 2, "r/e": 1], false),
    ]
    for (index, (state, brings)) in states.enumerated() {
      branch.append(
        .init(
          id: try commit(index + 1), time: Timestamp(seconds: Int64(200 + index)),
          brings: brings ? [main.tip!] : []),
        entries: try TestSupport.state(state).entries)
    }
    let rollouts = branch.rollouts(from: main)
    #expect(try rollouts.map(\.commit.id) == [commit(2)])
    #expect(try rollouts[0].standing == [key("r/a"), key("r/d")])
    let rollback = branch.reverting(
      try commit(2), state: try state(["r/a": 2, "r/b": 9, "r/c": 1, "r/d": 2, "r/e": 1]))
    #expect(try rollback.state == state(["r/a": 1, "r/b": 9, "r/c": 1, "r/e": 1]))
    #expect(try rollback.steps.map { $0.declaredBy?.id } == [commit(1), nil])
    #expect(try rollback.kept.map(\.key) == [key("r/b"), key("r/e")])
    #expect(try rollback.kept.map(\.changedBy.id) == [commit(3), commit(3)])
    #expect(rollback.removals == 1)
  }

  @Test func aCommitThatMovedNoDigestTakesNothingBack() throws {
    var branch = try timeline([["r/a": 1]])
    let held = try DesiredState([.init(key: key("r/a"), digest: digest(1), hold: "slow")])
    branch.append(.init(id: try commit(2), time: Timestamp(seconds: 2)), entries: held.entries)
    #expect(branch.reverting(try commit(2), state: held).steps.isEmpty)
  }

  @Test func rolloutsComeNewestFirstAndSayWhetherTheyAreTold() throws {
    let main = try timeline([["r/a": 1], ["r/a": 2], ["r/a": 3], ["r/a": 4]], from: 100)
    // Two commits of a shared past; a cut that landed; one whose message names no commit of main; back and forth.
    var branch = try timeline([["r/a": 1], ["r/a": 2]], from: 100)
    let states: [(UInt8, brings: Int)] = [(3, 102), (4, 999), (3, 999), (4, 999)]
    for (index, (number, brings)) in states.enumerated() {
      branch.append(
        .init(
          id: try commit(index + 1), time: Timestamp(seconds: Int64(200 + index)),
          brings: [try commit(brings)]),
        entries: try state(["r/a": number]).entries)
    }
    let rollouts = branch.rollouts(from: main)
    #expect(try rollouts.map(\.commit.id) == [commit(2), commit(1)])
    #expect(rollouts.map(\.isTold) == [false, true])
    #expect(try rollouts.map(\.standing) == [[key("r/a")], []])
  }

  @Test func whatCameWithTheSharedPastIsNotNew() throws {
    let main = try timeline([["r/a": 1], ["r/a": 1, "r/x": 1]])
    #expect(throws: try RollbackObjection.nothingBefore(key("r/x"))) {
      try main.rollingBack([key("r/x")], from: main, state: state(["r/a": 1, "r/x": 1]))
    }
  }

  @Test func whatABranchBeganWithIsNoRollout() throws {
    let main = try timeline([["r/a": 1]], from: 100)
    #expect(try timeline([["r/a": 7], ["r/a": 8]]).rollouts(from: main).isEmpty)
  }
}
