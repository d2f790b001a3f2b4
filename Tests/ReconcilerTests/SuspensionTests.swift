import Model
import Planning
import TestSupport
import Testing

@testable import Reconciler

@Suite struct SuspensionTests {
  private func suspension(
    image: String? = nil, channel: String? = "latest", until: Timestamp? = nil
  ) throws -> Suspension {
    try Suspension(
      channel: channel, image: image.map { try key($0) }, reason: "an incident", author: "ada",
      since: Timestamp(milliseconds: 0), until: until)
  }

  /// In sync with `r/a` and `r/b` at digest 1, and past the first pass.
  private func bench() async throws -> Bench {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 1])
    await bench.sweep()
    await bench.sweep()
    bench.time.advance(by: .seconds(100))
    _ = (bench.events.taken(), bench.registry.takeLog())
    return bench
  }

  @Test func aSuspendedChannelIsLeftAndItsPlanToldAllTheSame() async throws {
    let bench = try await bench()
    let applied = await bench.journal.record.channels["latest"]?.applied
    let suspension = try suspension()
    bench.suspensions.answer(.known([suspension]))
    try bench.branches.commit(["r/b": 2, "r/c": 3])
    try bench.registry.push(9, to: "r:b-latest")
    for _ in 0..<2 {
      let report = await bench.sweep()
      #expect(report.plan.summary == .init(held: 3))
      #expect(report.plan.changes.allSatisfy { $0.restraint == .suspended })
      #expect(report.suspensions == [suspension] && report.needsAttention && !report.isLive)
    }
    #expect(!bench.registry.takeLog().contains { !$0.hasPrefix("HEAD") })
    #expect(await bench.journal.record.channels["latest"]?.applied == applied)
    #expect(
      bench.events.taken().filter { if case .unchanged = $0 { false } else { true } }
        == [.suspensions(channel: "latest", [suspension])])
  }

  @Test func whatWasSuspendedIsDoneOnceItIsResumed() async throws {
    let bench = try await bench()
    bench.suspensions.answer(.known([try suspension()]))
    let tip = try bench.branches.commit(["r/a": 2, "r/b": 1])
    await bench.commitPass()
    bench.suspensions.answer(.known([]))
    await bench.commitPass()
    #expect(bench.registry.tags == ["r:a-latest": 2, "r:b-latest": 1])
    #expect(await bench.journal.record.channels["latest"]?.applied == tip)
    #expect(bench.events.taken().contains(.suspensions(channel: "latest", [])))
  }

  /// The commits that came and went meanwhile were never applied: nothing was rewound.
  @Test func aBranchMayGoBackWhileItsChannelIsSuspended() async throws {
    let bench = try await bench()
    guard case .commit(let tip) = await bench.branches.resolve("production") else { return }
    bench.suspensions.answer(.known([try suspension()]))
    try bench.branches.commit(["r/a": 2])
    await bench.commitPass()
    bench.branches.point(at: .commit(tip))
    #expect(await bench.commitPass().error == nil)
  }

  @Test func aSuspendedImageIsLeftAndTheOthersGoOn() async throws {
    let bench = try await bench()
    bench.suspensions.answer(.known([try suspension(image: "r/a", channel: nil)]))
    let tip = try bench.branches.commit(["r/a": 2, "r/b": 2])
    let report = await bench.commitPass()
    #expect(report.plan.outcomes == .init(move: 1, held: 1))
    #expect(bench.registry.tags == ["r:a-latest": 1, "r:b-latest": 2])
    #expect(await bench.journal.record.channels["latest"]?.applied == tip)
  }

  @Test func anotherChannelsSuspensionIsNotOurs() async throws {
    let bench = try await bench()
    bench.suspensions.answer(.known([try suspension(channel: "staging")]))
    try bench.branches.commit(["r/a": 2, "r/b": 1])
    let report = await bench.commitPass()
    #expect(report.suspensions == [] && report.isLive)
  }

  @Test func aSuspensionEndsByItself() async throws {
    let bench = try await bench()
    let end = Timestamp(milliseconds: bench.time.now().milliseconds + 60_000)
    bench.suspensions.answer(.known([try suspension(until: end)]))
    try bench.branches.commit(["r/a": 2, "r/b": 1])
    await bench.commitPass()
    #expect(bench.channel.nextRetry == bench.time.monotonic() + .seconds(60))
    bench.time.advance(by: .seconds(60))
    await bench.commitPass()
    #expect(bench.registry.tags == ["r:a-latest": 2, "r:b-latest": 1])
    #expect(bench.channel.nextRetry == nil)
  }

  @Test func whatIsNotKnownHoldsEverything() async throws {
    let bench = try await bench()
    bench.suspensions.answer(.unknown("the disk is gone"))
    try bench.branches.commit(["r/a": 2])
    #expect(await bench.sweep().error == "the disk is gone")
    #expect(bench.registry.tags == ["r:a-latest": 1, "r:b-latest": 1])
  }

  @Test func aPlanTellsOfIt() async throws {
    let bench = try await bench()
    bench.suspensions.answer(.known([try suspension()]))
    try bench.branches.commit(["r/a": 2, "r/b": 1])
    let pass = PlanPass(
      bench.channel.settings, source: bench.branches, registry: bench.registry,
      acceptances: bench.acceptances, suspensions: bench.suspensions, time: bench.time)
    let report = await pass.report(after: bench.journal.record, beside: [])
    #expect(report.plan.changes.map(\.restraint) == [.suspended])
    #expect(report.suspensions?.count == 1)
  }

  @Test func aSuspensionInTheMiddleOfAPassStopsItsWrites() async throws {
    let bench = try await bench()
    let suspension = try suspension()
    let images = try (0..<20).map { number in
      try DesiredState.Entry(key: key("r/i\(number)"), digest: digest(2))
    }
    try bench.branches.commit(.state(DesiredState(images)))
    bench.registry.adjust { [suspensions = bench.suspensions, interrupt = bench.interrupt] in
      $0.onRequest = { request, _ in
        guard request.hasPrefix("PUT") else { return }
        suspensions.answer(.known([suspension]))
        interrupt.raise()
      }
    }
    let cut = await bench.commitPass()
    #expect(cut.plan.outcomes.notBegun > 0)
    let written = bench.registry.tags.count
    bench.resume()
    _ = bench.registry.takeLog()
    #expect(
      await bench.commitPass().plan.changes.filter { $0.to != nil }.allSatisfy { $0.restraint == .suspended })
    #expect(
      !bench.registry.takeLog().contains { $0.hasPrefix("PUT") } && bench.registry.tags.count == written)
  }

  @Test func itIsToldWhereThePassIsHeldToo() async throws {
    let bench = try await bench()
    let suspension = try suspension()
    bench.suspensions.answer(.known([suspension]))
    bench.branches.point(at: .unknown("git died"))
    let report = await bench.sweep()
    #expect(report.error == "git died" && report.suspensions == [suspension])
    #expect(bench.events.taken().contains(.suspensions(channel: "latest", [suspension])))
    bench.suspensions.answer(.unknown("the disk is gone"))
    await bench.sweep()
    #expect(!bench.events.taken().contains(.suspensions(channel: "latest", [])))
  }

  /// Nothing is said of a commit that was not applied, though all that it declares is there.
  @Test func aCommitWhoseRemovalsAreSuspendedIsNotConverged() async throws {
    let bench = try await bench()
    bench.suspensions.answer(.known([try suspension()]))
    let before = await bench.journal.record.channels["latest"]
    try bench.branches.commit(["r/a": 1], allowsPrune: true)
    #expect(await bench.sweep().plan.summary == .init(held: 1, inSync: 1))
    #expect(await bench.journal.record.channels["latest"] == before)
  }
}
