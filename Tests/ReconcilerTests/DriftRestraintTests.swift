import Model
import Planning
import TestSupport
import Testing

@testable import Reconciler

/// A channel that only reports drift.
func reporting() throws -> ChannelSettings {
  ChannelSettings(
    name: "latest", branch: "production", template: try TagTemplate("{image}-latest"), reportsDrift: true)
}

/// Drift that is left: because the channel only reports it, or because it comes back for ever.
@Suite struct DriftRestraintTests {
  private func move(_ bench: Bench) async throws -> PassReport {
    bench.time.advance(by: .seconds(100))
    try bench.registry.push(9, to: "r:a-latest")
    return await bench.sweep()
  }

  @Test func aTagThatSomebodyKeepsMovingBackIsLeftForAWhile() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 1])
    await bench.sweep()
    for _ in 0..<3 { #expect(try await move(bench).plan.outcomes == .init(move: 1, inSync: 1)) }
    _ = bench.events.taken()
    for _ in 0..<2 {
      let report = try await move(bench)
      #expect(report.plan.changes.map(\.restraint) == [.resting])
      #expect(report.needsAttention)
    }
    let told = bench.events.taken().compactMap { event -> String? in
      if case .change(_, _, let change) = event { change.reason } else { nil }
    }
    #expect(
      told == [
        "somebody else keeps moving it back: it has sha256:090000000000, and the branch declares "
          + "sha256:010000000000; find who writes it; it is left for 9 min"
      ])
    bench.time.advance(by: .seconds(600))
    #expect(await bench.sweep().plan.outcomes == .init(move: 1, inSync: 1))
    #expect(try await move(bench).plan.changes.map(\.restraint) == [.resting])
  }

  @Test func aCommitMovesATagThatIsLeft() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1])
    await bench.sweep()
    for _ in 0..<4 { _ = try await move(bench) }
    try bench.branches.commit(["r/a": 2])
    await bench.commitPass()
    #expect(bench.registry.tags == ["r:a-latest": 2])
  }

  @Test func aChannelThatReportsDriftLeavesIt() async throws {
    let bench = try Bench()
    let channel = bench.daemonChannel(try reporting())
    try bench.branches.commit(["r/a": 1, "r/b": 1])
    _ = await channel.pass(.sweep, beside: [])
    bench.time.advance(by: .seconds(100))
    try bench.registry.push(9, to: "r:a-latest")
    for _ in 0..<2 {
      let report = await channel.pass(.sweep, beside: [])
      #expect(report.plan.changes.map(\.restraint) == [.reported] && report.plan.inSync == 1)
    }
    #expect(bench.registry.tags == ["r:a-latest": 9, "r:b-latest": 1])
    try bench.branches.commit(["r/a": 2, "r/b": 1])
    _ = await channel.pass(.commit, beside: [])
    #expect(bench.registry.tags == ["r:a-latest": 2, "r:b-latest": 1])
  }

  /// The first commit alone converged: of the second, what was written is known by the journal's lines.
  @Test func driftIsKnownAfterARestartWhereNothingConvergedSince() async throws {
    let bench = try Bench()
    let settings = try reporting()
    try bench.branches.commit(["r/a": 1, "r/b": 1])
    _ = await bench.daemonChannel(settings).pass(.sweep, beside: [])
    try bench.branches.commit(["r/a": 2, "r/b": 1, "r/c": 200])
    _ = await bench.daemonChannel(settings).pass(.sweep, beside: [])
    #expect(bench.registry.tags == ["r:a-latest": 2, "r:b-latest": 1])
    try bench.registry.push(9, to: "r:a-latest")
    try bench.registry.push(9, to: "r:b-latest")
    try bench.restart()
    let report = await bench.daemonChannel(settings).pass(.sweep, beside: [])
    #expect(report.plan.changes.map(\.restraint) == [.reported, .reported, nil])
    #expect(bench.registry.tags == ["r:a-latest": 9, "r:b-latest": 9])
  }

  @Test func driftOfACreatedTagIsKnownAfterARestart() async throws {
    let pair = try ChannelPair()
    try pair.branches.commit(["r/a": 1], on: "production")
    try pair.branches.commit(["r/a": 1, "r/new": 2], on: "main")
    await pair.settle()
    #expect(pair.registry.tags["r:new-latest"] == 2)
    try pair.restart()
    try pair.registry.push(9, to: "r:new-latest")
    await pair.passOfStaging()
    #expect(await pair.pass(.sweep).plan.changes.map(\.cause) == [.drift])
    #expect(pair.registry.tags["r:new-latest"] == 2)
  }
}
