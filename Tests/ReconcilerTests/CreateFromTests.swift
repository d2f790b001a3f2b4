import Model
import Planning
import Reconciler
import TestSupport
import Testing

@Suite struct CreateFromTests {
  /// `b` is on both branches, and applied by both channels.
  private func pair(keep: String? = nil) async throws -> ChannelPair {
    let pair = try ChannelPair(keep: keep)
    try pair.branches.commit(["r/b": 1], on: "main")
    try pair.branches.commit(["r/b": 1])
    await pair.settle()
    _ = pair.registry.takeLog()
    _ = pair.events.taken()
    return pair
  }

  @Test func aNewImageGetsItsTagAndKeepsItUntilARolloutMovesIt() async throws {
    let pair = try await pair()
    try pair.branches.commit(["r/a": 2, "r/b": 1], on: "main")
    // Not yet: the source has not applied it.
    #expect(await pair.pass().plan.changes == [])
    await pair.passOfStaging()
    let created = await pair.pass()
    #expect(created.plan.changes.map(\.cause) == [.createFrom])
    #expect(created.plan.summary == .init(create: 1, inSync: 1))
    #expect(pair.tags == ["r:a-latest": 2, "r:b-latest": 1])

    try pair.branches.commit(["r/a": 3, "r/b": 1], on: "main")
    await pair.passOfStaging()
    #expect(await pair.pass(.sweep).plan == .init(changes: [], inSync: 2))

    try pair.registry.push(9, to: "r:a-latest")
    pair.time.advance(by: .seconds(61))
    #expect(await pair.pass(.sweep).plan.changes.map(\.cause) == [.drift])
    #expect(pair.tags["r:a-latest"] == 2)

    try pair.branches.commit(["r/a": 3, "r/b": 1])
    #expect(await pair.pass().plan.changes.map(\.cause) == [.commit])
    #expect(pair.tags["r:a-latest"] == 3)
    // Rolled back, it is what it was before the rollout.
    try pair.branches.commit(["r/b": 1], allowsPrune: true)
    #expect(await pair.pass().plan.changes.map(\.cause) == [.createFrom])
    #expect(pair.tags == ["r:a-latest": 2, "r:b-latest": 1])
    #expect(await pair.pass(.sweep).plan == .init(changes: [], inSync: 2))
    try pair.branches.commit(["r/b": 1], on: "main")
    await pair.passOfStaging()
    #expect(await pair.pass().plan.summary == .init(delete: 1, inSync: 1))
  }

  @Test func whatTheSourceDropsIsDeleted() async throws {
    let pair = try await pair()
    try pair.branches.commit(["r/a": 2, "r/b": 1], on: "main")
    await pair.settle()
    try pair.branches.commit(["r/b": 1], on: "main")
    await pair.settle()
    #expect(pair.registry.tags == ["r:b-latest": 1, "r:b-staging": 1])
  }

  @Test func aHoldKeepsTheTagOutAndALaterOneLeavesItAsItIs() async throws {
    let pair = try await pair()
    func commit(_ digest: UInt8, hold: String?) throws {
      let entry = DesiredState.Entry(
        key: try key("r/a"), digest: TestSupport.digest(digest), hold: hold)
      try pair.branches.commit(
        .state(try DesiredState(state(["r/b": 1]).entries + [entry])), on: "main")
    }
    try commit(2, hold: "broken")
    await pair.settle()
    #expect(pair.tags["r:a-latest"] == nil)
    try commit(3, hold: nil)
    await pair.settle()
    #expect(pair.tags["r:a-latest"] == 3)
    try commit(4, hold: "broken again")
    await pair.settle()
    #expect(pair.tags["r:a-latest"] == 3)
    #expect(await pair.pass(.sweep).plan == .init(changes: [], inSync: 1))
  }

  @Test func anUnreadSourceCreatesNothingDeletesNothingAndIsToldOnce() async throws {
    let pair = try await pair()
    try pair.branches.commit(["r/a": 2, "r/b": 1], on: "main")
    await pair.settle()
    // The applied commit itself drops the image, and can't be read any more.
    let tip = try pair.branches.commit(["r/b": 1], on: "main")
    await pair.passOfStaging()
    pair.branches.adjust { $0.commits[tip]?.state = .unknown("git: object missing") }
    _ = pair.events.taken()
    let reason = "what channel staging applied can't be read: git: object missing"
    for _ in 0..<2 {
      let report = await pair.pass(.sweep)
      #expect(report.createFromGap == reason)
      #expect(report.needsAttention)
      #expect(report.plan.changes == [])
    }
    #expect(try await pair.plan().createFromGap == reason)
    #expect(pair.tags["r:a-latest"] == 2)
    let told = pair.events.taken().filter {
      if case .creationsHeld = $0 { true } else { false }
    }
    #expect(told == [.creationsHeld(channel: "latest", reason: reason)])
  }

  /// A rollout's entry is taken back while it is not known whether the source still declares the image.
  @Test func whatWasCreatedIsNotDeletedWhileTheSourceIsUnread() async throws {
    let pair = try await pair()
    let tip = try pair.branches.commit(["r/a": 2, "r/b": 1], on: "main")
    await pair.settle()
    try pair.branches.commit(["r/a": 2, "r/b": 1])
    await pair.pass()
    try pair.branches.commit(["r/b": 1], allowsPrune: true)
    pair.branches.adjust { $0.commits[tip]?.state = .unknown("git: object missing") }
    #expect(await pair.pass(.sweep).plan.changes == [])
    #expect(pair.tags["r:a-latest"] == 2)
  }

  @Test func aSourceThatAppliedNothingYetSaysSo() async throws {
    let pair = try ChannelPair()
    try pair.branches.commit(["r/a": 1, "r/b": 1], on: "main")
    try pair.branches.commit(["r/b": 1])
    let report = await pair.pass(.sweep)
    #expect(report.createFromGap == "channel staging has applied no commit yet")
    #expect(pair.tags == ["r:b-latest": 1])
    // A pull request's check has no journal: the source's tip is judged as if it were applied.
    let check = try await pair.plan()
    #expect(check.createFromGap == nil)
    #expect(check.plan.changes.map(\.cause) == [.createFrom])
  }

  /// Whoever looks on has to be told first what would be deleted.
  @Test func aFirstPassLastsUntilItIsKnownWhatIsCreated() async throws {
    let pair = try ChannelPair()
    try pair.branches.commit(["r/a": 1, "r/b": 1], on: "main")
    try pair.branches.commit(["r/b": 1])
    await pair.pass(.sweep)
    #expect(await pair.journal.record.channels["latest"]?.isInFirstPass == true)
    await pair.passOfStaging()
    await pair.pass(.sweep)
    #expect(await pair.journal.record.channels["latest"]?.isInFirstPass == false)
  }

  @Test func anAcceptedCommitIsNotTheSourcesStateYet() async throws {
    let pair = try await pair()
    try pair.branches.commit(["r/a": 2, "r/b": 1], on: "main")
    await pair.settle()
    let empty = try pair.branches.commit([:], on: "main")
    try await pair.journal.commit(.accepted(channel: "staging", empty))
    #expect(await pair.pass(.sweep).plan == .init(changes: [], inSync: 2))
  }

  @Test func aGapInEitherHistoryHoldsCreations() async throws {
    let pair = try await pair()
    pair.branches.adjust { $0.historyGap = "the clone is shallow" }
    try pair.branches.commit(["r/a": 2, "r/b": 1], on: "main")
    await pair.passOfStaging()
    let report = await pair.pass(.sweep)
    #expect(
      report.createFromGap == "the history of channel staging is not known: the clone is shallow")
    #expect(pair.tags["r:a-latest"] == nil)
  }

  @Test func whatIsNotKnownOfTheBranchItselfHoldsCreationsToo() async throws {
    let pair = try await pair()
    // The source's history was read before.
    pair.branches.adjust { $0.historyGap = "the clone is shallow" }
    try pair.branches.commit(["r/b": 2])
    #expect(await pair.pass(.sweep).createFromGap == "the clone is shallow")
    pair.branches.adjust { ($0.historyGap, $0.missing) = (nil, "an applied commit is gone") }
    try pair.branches.commit(["r/a": 2, "r/b": 1], on: "main")
    await pair.passOfStaging()
    #expect(await pair.pass(.sweep).createFromGap == "an applied commit is gone")
    #expect(pair.tags["r:a-latest"] == nil)
  }

  @Test func aRevisionIsJudgedByItsOwnStateAndTheBranchsHistory() async throws {
    let pair = try await pair()
    try pair.branches.commit(["r/a": 2, "r/b": 1, "r/c": 4], on: "main")
    await pair.passOfStaging()
    // On a branch of its own: it declares one of the two new images, with main's next digest.
    pair.branches.point("rollout", at: await pair.branches.resolve("production"))
    let revision = try pair.branches.commit(["r/a": 3, "r/b": 1], on: "rollout")
    let expected = ["r:a-latest": "commit", "r:c-latest": "create-from"]
    func causes(_ report: PassReport) -> [String: String] {
      report.plan.changes.reduce(into: [:]) { $0[$1.reference.description] = $1.cause.rawValue }
    }
    #expect(try await causes(pair.plan(at: revision)) == expected)
    #expect(await causes(pair.pass(.sweep, at: revision)) == expected)
  }

  @Test func planAndPassAgree() async throws {
    let pair = try await pair(keep: "{image}-{date}-{commit}")
    try pair.branches.commit(["r/a": 2, "r/b": 5], on: "main")
    await pair.passOfStaging()
    try pair.branches.commit(["r/b": 5])
    let planned = try await pair.plan()
    let done = await pair.pass()
    #expect(planned.plan.changes.map(\.reference) == done.plan.changes.map(\.reference))
    #expect(planned.plan.summary == done.plan.summary)
    #expect(try await pair.plan().plan.changes == [])
  }

  @Test func anotherChannelDoesNotDeleteWhatIsCreatedHere() async throws {
    let pair = try await pair()
    try pair.branches.commit(["r/a": 2, "r/b": 1], on: "main")
    await pair.settle()
    #expect(pair.latest.neighbour.declared?[try reference("r:a-latest")]?.isCreated == true)
    #expect(pair.latest.neighbour.isWhole)
    try pair.restart()
    await pair.latest.readState()
    #expect(!pair.latest.neighbour.isWhole)
  }

  @Test(.timeLimit(.minutes(10))) func theLoopLetsTheTargetFollowTheSourceAtOnce() async throws {
    let pair = try await pair()
    let doorbell = Doorbell()
    // The target's sweep comes first, and time stands still: only the source's pass can bring another of it.
    let loop = ReconcileLoop(
      [pair.latest, pair.staging], deleter: pair.deleter, doorbell: doorbell, events: pair.events,
      poll: .seconds(15), sweep: .seconds(300), heartbeat: Heartbeat(pair.time))
    pair.registry.adjust {
      $0.onRequest = { request, _ in if request == "PUT r:a-latest 2" { doorbell.stop() } }
    }
    try pair.branches.commit(["r/a": 2, "r/b": 1], on: "main")
    await loop.run()
    #expect(pair.tags["r:a-latest"] == 2)
  }

  @Test(.timeLimit(.minutes(10))) func aDaemonReadsTheHistoriesBesideItsFirstPassAndWaitsForWhatIsNewAfter()
    async throws
  {
    let pair = try await pair()
    try pair.branches.commit(["r/a": 2, "r/b": 1], on: "main")
    await pair.passOfStaging()
    let (rings, ring) = AsyncStream.makeStream(of: String.self)
    try pair.restart(waits: false) { ring.yield($0) }
    let first = await pair.pass(.sweep)
    // Nothing is wrong: it only is not known yet.
    #expect(first.createFromGap == nil && first.plan.changes == [])
    for await name in rings where name == "latest" {
      await pair.pass()
      if pair.tags["r:a-latest"] == 2 { break }
    }
    try pair.branches.commit(["r/a": 2, "r/b": 1, "r/c": 3], on: "main")
    await pair.passOfStaging()
    #expect(await pair.pass().plan.changes.map(\.cause) == [.createFrom])
    try pair.branches.commit(["r/b": 7])
    #expect(await pair.pass().plan.outcomes == .init(move: 1, inSync: 2))
  }

  /// That it is being read is no gap: it tells nothing, and ends nothing that was told.
  @Test(.timeLimit(.minutes(10)), arguments: ["main", "production"])
  func whatWasToldStandsWhileAHistoryIsReadAgain(of branch: String) async throws {
    let pair = try await pair()
    let (rings, ring) = AsyncStream.makeStream(of: String.self)
    try pair.restart(waits: false) { ring.yield($0) }
    await pair.pass(.sweep)
    for await name in rings where name == "latest" {
      await pair.pass()
      if pair.latest.neighbour.isWhole { break }
    }
    pair.branches.adjust { $0.historyGap = "the clone is shallow" }
    try pair.branches.commit(["r/b": 2], on: branch)
    await pair.passOfStaging()
    #expect(await pair.pass().createFromGap != nil)
    try pair.branches.commit(["r/b": 3], on: branch)
    await pair.passOfStaging()
    #expect(await pair.pass().createFromGap == nil)
    for await name in rings where name == "latest" {
      if await pair.pass().createFromGap != nil { break }
    }
    let told = pair.events.taken().filter { if case .creationsHeld = $0 { true } else { false } }
    #expect(told.count == 1)
  }
}
