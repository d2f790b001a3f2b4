import Model
import Reconciler
import TestSupport
import Testing

@Suite struct HoldTests {
  @Test func aRewoundBranchIsHeldUntilItIsAccepted() async throws {
    let bench = try Bench()
    let first = try bench.branches.commit(["r/a": 1])
    let second = try bench.branches.commit(["r/a": 2])
    await bench.sweep()
    bench.branches.point(at: .commit(first))
    let held = await bench.sweep()
    #expect(
      held.error == """
        branch production was rewound: the applied commit \(second.short) is no ancestor of its tip \(first.short); \
        if that is meant, run: tagkeeper accept --channel latest \(first)
        """)
    #expect(bench.registry.tags == ["r:a-latest": 2])
    bench.acceptances.accept(second, abandoning: second)
    #expect(await bench.sweep().error != nil)
    bench.acceptances.accept(first, abandoning: second)
    #expect(await bench.sweep().error == nil)
    #expect(bench.registry.tags == ["r:a-latest": 1])
    #expect(await bench.acceptances.acceptance(for: "latest") == nil)
  }

  @Test func anOldAcceptanceLetsNoLaterRewindThrough() async throws {
    let bench = try Bench()
    let first = try bench.branches.commit(["r/a": 1])
    await bench.sweep()
    bench.acceptances.accept(first, abandoning: first)
    try bench.branches.commit(["r/a": 2])
    await bench.sweep()
    bench.branches.point(at: .commit(first))
    #expect(await bench.sweep().error?.contains("rewound") == true)
    #expect(bench.registry.tags == ["r:a-latest": 2])
  }

  /// The abandoned commit is the one that its deletions are counted against, not the one before it.
  @Test func theAcceptingPassCountsAgainstWhatItAbandons() async throws {
    let bench = try Bench()
    func images(_ numbers: ClosedRange<Int>) throws -> DesiredState {
      try DesiredState(numbers.map { try .init(key: key("r/i\($0)"), digest: digest(UInt8($0 % 50))) })
    }
    try bench.branches.commit(.state(images(1...200)))
    await bench.sweep()
    let base = try bench.branches.commit(.state(images(1...60)), allowsPrune: true)
    await bench.sweep()
    #expect(bench.registry.tags.count == 60)
    let abandoned = try bench.branches.commit(.state(images(1...61)))
    await bench.sweep()
    bench.branches.point(at: .commit(base))
    let replacement = try bench.branches.commit(.state(images(1...40)))
    bench.acceptances.accept(replacement, abandoning: abandoned)
    #expect(await bench.sweep().plan.summary == .init(held: 21, inSync: 40))
    #expect(await bench.sweep().plan.summary == .init(held: 21, inSync: 40))
    #expect(bench.registry.tags.count == 61)
    #expect(await bench.journal.record.channels["latest"]?.everApplied.contains(replacement) == true)
  }

  @Test func aGapThatIsMendedIsNoticedAtTheNextSweep() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 2])
    await bench.sweep()
    bench.branches.adjust { $0.historyGap = "the clone is shallow" }
    try bench.branches.commit(["r/a": 1])
    let held = await bench.sweep()
    #expect(held.historyGap == "the clone is shallow")
    #expect(held.needsAttention)
    #expect(bench.events.taken().contains(.deletionsHeld(channel: "latest", reason: "the clone is shallow")))
    bench.branches.adjust { $0.historyGap = nil }
    #expect(await bench.sweep().plan.summary == .init(delete: 1, inSync: 1))
  }

  @Test func aRevisionDeletesNothing() async throws {
    let bench = try Bench()
    let first = try bench.branches.commit(["r/a": 1])
    try bench.branches.commit(["r/a": 1, "r/b": 2])
    await bench.sweep()
    let report = await bench.channel.pass(.sweep, at: first, beside: [])
    #expect(report.plan.summary == .init(inSync: 1))
    #expect(bench.registry.tags.count == 2)
  }

  @Test func aRestartRemembersTheAppliedCommit() async throws {
    let bench = try Bench()
    let first = try bench.branches.commit(["r/a": 1])
    try bench.branches.commit(["r/a": 2])
    await bench.sweep()
    bench.branches.point(at: .commit(first))
    try bench.restart()
    #expect(await bench.sweep().error?.contains("rewound") == true)
  }

  @Test func unknownAncestryHolds() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1])
    await bench.sweep()
    try bench.branches.commit(["r/a": 2])
    let reason = "the clone is shallow: run git fetch --unshallow"
    bench.branches.adjust { $0.ancestryFailure = reason }
    // Nobody is asked to accept what is not known.
    #expect(await bench.sweep().error == reason)
    #expect(bench.registry.tags == ["r:a-latest": 1])
  }

  @Test func aVanishedBranchAndABrokenFileChangeNothing() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1])
    await bench.sweep()
    bench.branches.point(at: .missing("no branch production"))
    #expect(await bench.sweep().error == "no branch production")
    bench.branches.point(at: .commit(try commit(1)))
    try bench.branches.commit(.invalid("images.yaml:3:1: error"))
    #expect(await bench.sweep().error == "images.yaml:3:1: error")
    try bench.branches.commit(.unknown("object missing"))
    #expect(await bench.sweep().error == "object missing")
    #expect(bench.registry.tags == ["r:a-latest": 1])
    #expect(try await bench.journal.record.channels["latest"]?.applied == commit(1))
  }

  @Test func anEmptyStateIsHeldUntilTheBranchAllowsIt() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 2])
    await bench.sweep()
    try bench.branches.commit([:])
    #expect(await bench.sweep().error?.contains("declares no image") == true)
    #expect(bench.registry.tags.count == 2)
    try bench.branches.commit([:], allowsPrune: true)
    let report = await bench.sweep()
    #expect(report.error == nil)
    #expect(bench.registry.tags == [:])
  }

  @Test func aFirstPassDeletesNothingAndTheNextDoes() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 2])
    try bench.branches.commit(["r/a": 1])
    try bench.registry.push(2, to: "r:b-latest")
    #expect(await bench.sweep().plan.summary.held == 1)
    #expect(await bench.sweep().plan.summary.delete == 1)
    #expect(bench.registry.tags == ["r:a-latest": 1])
  }

  @Test func anIncompleteHistoryHoldsDeletesAndNothingElse() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 2])
    await bench.sweep()
    bench.branches.adjust { $0.historyGap = "the clone is partial" }
    try bench.branches.commit(["r/a": 3])
    let report = await bench.sweep()
    #expect(report.plan.summary == .init(move: 1, held: 1))
    #expect(report.plan.changes.compactMap(\.reason) == ["the clone is partial"])
  }

  @Test func overTheCapDeletesWaitForTheLine() async throws {
    let bench = try Bench()
    let all = try DesiredState((1...30).map { try .init(key: key("r/i\($0)"), digest: digest($0)) })
    try bench.branches.commit(.state(all))
    await bench.sweep()
    let some = try DesiredState(all.entries.prefix(15))
    try bench.branches.commit(.state(some))
    #expect(await bench.sweep().plan.summary == .init(held: 15, inSync: 15))
    try bench.branches.commit(.state(some), allowsPrune: true)
    #expect(await bench.sweep().plan.summary == .init(delete: 15, inSync: 15))
    #expect(bench.registry.tags.count == 15)
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func commitsFollowedByTheirRevertsEndAtTheFirstState(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let bench = try Bench()
    bench.registry.adjust { $0.deletion = seed % 2 == 0 ? .native : .byManifest }
    var states: [DesiredState] = []
    for _ in 0..<8 {
      var entries: [DesiredState.Entry] = []
      for image in 0..<15 where image == 0 || Bool.random(using: &random) {
        entries.append(try .init(key: key("r/i\(image)"), digest: digest(.random(in: 0...9, using: &random))))
      }
      states.append(try DesiredState(entries))
    }
    for state in states + states.reversed() {
      try bench.branches.commit(.state(state), allowsPrune: true)
      _ = await Bool.random(using: &random) ? bench.sweep() : bench.commitPass()
      if Int.random(in: 0..<5, using: &random) == 0 { try bench.restart() }
    }
    await bench.sweep()
    await bench.sweep()
    let expected = states[0].entries.map { ("r:\($0.key.image)-latest", number(of: $0.digest)) }
    #expect(bench.registry.tags == Dictionary(uniqueKeysWithValues: expected), "seed \(seed)")
  }
}

@Suite struct CapTests {
  func images(_ numbers: ClosedRange<Int>) throws -> StateReading {
    .state(
      try DesiredState(numbers.map { try .init(key: key("r/i\($0)"), digest: digest(UInt8($0 % 50))) }))
  }

  /// A commit that removes much and adds more would else raise its own cap by being applied.
  @Test func aCommitsOwnImagesNeverCountForItsDeletions() async throws {
    let bench = try Bench()
    try bench.branches.commit(images(1...100))
    await bench.sweep()
    try bench.branches.commit(images(41...200))
    for pass in 1...3 {
      if pass == 3 { try bench.restart() }
      let report = await bench.sweep()
      #expect(report.plan.summary.held == 40 && report.plan.summary.delete == 0, "pass \(pass)")
      #expect(
        Set(report.plan.changes.filter { $0.action == .held }.map(\.reason)) == [
          "40 deletions exceed the cap of 30 a pass; to approve, land a commit with the line "
            + "Tagkeeper-Allow: prune and no change of the state (an empty one will do)"
        ])
    }
    try bench.branches.commit(images(41...200), allowsPrune: true)
    #expect(await bench.sweep().plan.summary == .init(delete: 40, inSync: 160))
  }
}
