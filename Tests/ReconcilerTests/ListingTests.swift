import Model
import Reconciler
import TestSupport
import Testing

/// A listing may vouch for a declared tag, and for nothing else.
@Suite struct ListingTests {
  private func state(_ images: [String]) throws -> StateReading {
    .state(try DesiredState(images.map { try .init(key: key("r/\($0)"), digest: digest(1)) }))
  }

  /// `a`, `b` and `c`, of which the branch drops `c`; listed as they are declared.
  private func bench() async throws -> Bench {
    let bench = try Bench()
    try bench.branches.commit(state(["a", "b", "c"]))
    await bench.sweep()
    bench.time.advance(by: .seconds(100))
    for tag in try ["a", "b", "c"].map({ try reference("r:\($0)-latest") }) {
      bench.registry.adjust { $0.listing[tag] = digest(1) }
    }
    _ = bench.registry.takeLog()
    return bench
  }

  @Test func aSweepTakesItsWordForWhatIsDeclared() async throws {
    let bench = try await bench()
    try bench.registry.push(2, to: "r:b-latest")
    let moved = try reference("r:b-latest")
    bench.registry.adjust { $0.listing[moved] = digest(2) }
    #expect(await bench.sweep().plan.summary == .init(move: 1, inSync: 2))
    #expect(bench.registry.takeLog().filter { $0.hasPrefix("HEAD") } == ["HEAD r:b-latest"])
  }

  @Test func whatIsToBeDeletedIsAskedAboutItself() async throws {
    let bench = try await bench()
    try bench.branches.commit(state(["a", "b"]), allowsPrune: true)
    // Somebody else's, which the listing does not show yet.
    try bench.registry.push(9, to: "r:c-latest")
    let plan = await bench.sweep().plan
    #expect(plan.summary == .init(held: 1, inSync: 2))
    #expect(bench.registry.takeLog() == ["HEAD r:c-latest"])
    try bench.registry.push(1, to: "r:c-latest")
    #expect(await bench.sweep().plan.summary == .init(delete: 1, inSync: 2))
    #expect(
      bench.registry.takeLog() == ["HEAD r:c-latest", "HEAD r:c-latest", "DELETE r:c-latest"])
  }

  @Test func aPlanTakesItsWordToo() async throws {
    let bench = try await bench()
    let pass = PlanPass(
      bench.channel.settings, source: bench.branches, registry: bench.registry,
      acceptances: bench.acceptances, suspensions: bench.suspensions, time: bench.time)
    #expect(
      await pass.report(after: bench.journal.record, beside: []).plan.summary == .init(inSync: 3))
    #expect(bench.registry.takeLog() == [])
  }
}
