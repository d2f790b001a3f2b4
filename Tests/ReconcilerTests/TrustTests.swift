import Model
import Reconciler
import TestSupport
import Testing

/// Commits that are not trusted hold the channel, whatever they declare.
@Suite struct TrustTests {
  @Test func aCommitThatIsRefusedHoldsUntilOneOnTopIsTrusted() async throws {
    let bench = try Bench()
    let first = try bench.branches.commit(["r/a": 1])
    await bench.sweep()
    _ = bench.events.taken()
    let bare = try bench.branches.commit(["r/a": 2])
    bench.branches.adjust { $0.distrust[bare] = .refused("it is not signed") }
    for _ in 1...2 {
      let held = await bench.commitPass()
      #expect(held.error == "it is not signed" && held.commit == bare && held.needsAttention)
    }
    #expect(bench.events.taken() == [.held(channel: "latest", reason: "it is not signed")])
    #expect(bench.registry.tags == ["r:a-latest": 1])
    #expect(await bench.journal.record.channels["latest"]?.applied == first)
    let signed = try bench.branches.commit(["r/a": 2])
    bench.branches.adjust { $0.asked = [] }
    #expect(await bench.commitPass().error == nil)
    #expect(bench.registry.tags == ["r:a-latest": 2])
    #expect(bench.branches.asked == [.init(commit: signed, applied: first)])
  }

  @Test func whatCanNotBeJudgedIsNotApplied() async throws {
    let bench = try Bench()
    let first = try bench.branches.commit(["r/a": 1])
    bench.branches.adjust { $0.distrust[first] = .unknown("the keys can't be read") }
    #expect(await bench.sweep().error == "the keys can't be read")
    #expect(bench.registry.tags == [:])
    #expect(bench.branches.asked.last == .init(commit: first, applied: nil))
    bench.branches.adjust { $0.distrust = [:] }
    #expect(await bench.sweep().error == nil)
    // Whoever is no longer trusted stops even what was applied.
    bench.branches.adjust { $0.distrust[first] = .unknown("the keys can't be read") }
    try bench.registry.push(9, to: "r:a-latest")
    bench.time.advance(by: .seconds(3600))
    #expect(await bench.sweep().error == "the keys can't be read")
    #expect(bench.registry.tags == ["r:a-latest": 9])
  }

  @Test func acceptingARewoundBranchVouchesForNoSignature() async throws {
    let bench = try Bench()
    let first = try bench.branches.commit(["r/a": 1])
    let second = try bench.branches.commit(["r/a": 2])
    await bench.sweep()
    bench.branches.point(at: .commit(first))
    bench.branches.adjust { $0.distrust[first] = .refused("it is not signed") }
    bench.acceptances.accept(first, abandoning: second)
    #expect(await bench.sweep().error == "it is not signed")
    #expect(bench.registry.tags == ["r:a-latest": 2])
    #expect(await bench.acceptances.acceptance(for: "latest") != nil)
    bench.branches.adjust { $0.distrust = [:] }
    #expect(await bench.sweep().error == nil)
    #expect(bench.registry.tags == ["r:a-latest": 1])
  }

  @Test func aRevisionIsAskedWhereItIsAppliedAndNotWhereItIsPlanned() async throws {
    let bench = try Bench()
    let first = try bench.branches.commit(["r/a": 1])
    let second = try bench.branches.commit(["r/a": 2])
    await bench.sweep()
    bench.branches.adjust { $0.distrust[first] = .refused("it is not signed") }
    let report = await bench.channel.pass(.sweep, at: first, beside: [])
    #expect(report.error == "it is not signed")
    #expect(bench.registry.tags == ["r:a-latest": 2])
    #expect(bench.branches.asked.last == .init(commit: first, applied: second))
    let plan = PlanPass(
      bench.channel.settings, source: bench.branches, registry: bench.registry,
      acceptances: bench.acceptances, suspensions: bench.suspensions, time: bench.time)
    let record = await bench.journal.record
    let planned = await plan.report(after: record, at: first, beside: [])
    #expect(planned.error == nil && planned.plan.summary.move == 1)
    bench.branches.adjust { $0.distrust[second] = .refused("nor is it") }
    #expect(await plan.report(after: record, beside: []).error == "nor is it")
  }
}
