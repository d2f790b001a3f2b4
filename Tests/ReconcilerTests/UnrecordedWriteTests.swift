import Model
import Planning
import TestSupport
import Testing

@testable import Reconciler

/// What the daemon wrote itself, without getting to know it, is no drift: not even for a channel that leaves drift alone.
@Suite struct UnrecordedWriteTests {
  private let bench: Bench
  private let settings: ChannelSettings

  init() throws { (bench, settings) = (try Bench(), try reporting()) }

  private var channel: ChannelReconciler {
    ChannelReconciler(
      settings, source: bench.branches, acceptances: bench.acceptances, suspensions: bench.suspensions,
      deleter: bench.deleter, events: bench.events, interrupt: bench.interrupt, waitsForLongWork: true)
  }

  /// A sweep of a new process, as after the daemon died.
  @discardableResult
  private func start() async throws -> PassReport {
    try bench.restart()
    return await channel.pass(.sweep, beside: [])
  }

  /// The same; it dies once the first request of a kind is made, before the journal has its line.
  private func startAndDie(at kind: String) async throws {
    bench.registry.adjust {
      $0.onRequest = { [storage = bench.storage] request, _ in if request.hasPrefix(kind) { storage.fill() } }
    }
    #expect(try await start().error?.hasPrefix("stopped after") == true)
    bench.registry.adjust { $0.onRequest = nil }
    bench.storage.makeRoom()
  }

  @Test func theTagOfARevertedCommitMovesBack() async throws {
    try bench.branches.commit(["r/a": 1])
    try await start()
    try bench.branches.commit(["r/a": 2])
    try await startAndDie(at: "PUT")
    #expect(bench.registry.tags == ["r:a-latest": 2])
    try bench.branches.commit(["r/a": 1])
    #expect(try await start().plan.changes.map(\.cause) == [.commit])
    #expect(bench.registry.tags == ["r:a-latest": 1])
  }

  /// The daemon died again at the revert: that it was begun settles nothing.
  @Test func norIsItDriftOnceTheRevertWasBegun() async throws {
    try bench.branches.commit(["r/a": 1])
    try await start()
    try bench.branches.commit(["r/a": 2])
    try await startAndDie(at: "PUT")
    try bench.branches.commit(["r/a": 1])
    try await startAndDie(at: "PUT")
    try bench.registry.push(2, to: "r:a-latest")
    try await start()
    #expect(bench.registry.tags == ["r:a-latest": 1])
  }

  /// The first write is known by the journal's line, the second by nothing.
  @Test func whatWasPutIsUncertainOnceALaterCommitWasBegun() async throws {
    try bench.branches.commit(["r/a": 1])
    try await start()
    try bench.branches.commit(["r/a": 2, "r/missing": 200])
    try await start()
    try bench.branches.commit(["r/a": 3, "r/missing": 200])
    try await startAndDie(at: "PUT r:a")
    #expect(bench.registry.tags == ["r:a-latest": 3])
    try bench.branches.commit(["r/a": 2, "r/missing": 200])
    try await start()
    #expect(bench.registry.tags == ["r:a-latest": 2])
  }

  @Test func anImageThatCameBackGetsItsTagBack() async throws {
    try bench.branches.commit(["r/a": 1, "r/b": 1])
    try await start()
    try bench.branches.commit(["r/b": 1], allowsPrune: true)
    try await startAndDie(at: "DELETE")
    #expect(bench.registry.tags == ["r:b-latest": 1])
    try bench.branches.commit(["r/a": 1, "r/b": 1])
    try await start()
    #expect(bench.registry.tags == ["r:a-latest": 1, "r:b-latest": 1])
  }

  /// The registry's answer is lost, in the process that goes on.
  @Test func anAnswerThatWasLostIsNoDrift() async throws {
    let tag = try reference("r:a-latest")
    let channel = channel
    try bench.branches.commit(["r/a": 1, "r/b": 1])
    _ = await channel.pass(.sweep, beside: [])
    bench.registry.adjust { state in
      state.putFailures[tag] = WriteFailure(.transient, "timed out")
      state.onRequest = { request, state in if request.hasPrefix("PUT") { state.tags[tag] = digest(2) } }
    }
    try bench.branches.commit(["r/a": 2, "r/b": 1])
    _ = await channel.pass(.commit, beside: [])
    bench.registry.adjust { ($0.putFailures, $0.onRequest) = ([:], nil) }
    try bench.branches.commit(["r/a": 1, "r/b": 1])
    #expect(await channel.pass(.commit, beside: []).plan.changes.map(\.cause) == [.commit])
    #expect(bench.registry.tags == ["r:a-latest": 1, "r:b-latest": 1])
  }

  /// The same of a deletion, and of an image that the source declares again.
  @Test func aDeletionWhoseAnswerWasLostIsNoDrift() async throws {
    let pair = try ChannelPair()
    try pair.branches.commit(["r/a": 1], on: "production")
    try pair.branches.commit(["r/a": 1, "r/new": 2], on: "main")
    await pair.settle()
    try pair.branches.commit(["r/a": 1], on: "main", allowsPrune: true)
    await pair.passOfStaging()
    let tag = try reference("r:new-latest")
    pair.registry.adjust {
      $0.onRequest = { request, state in
        if request == "DELETE r:new-latest" { (state.tags[tag], state.isDown) = (nil, true) }
      }
    }
    #expect(await pair.pass().plan.changes.map(\.outcome) == [.failed])
    pair.registry.adjust { ($0.onRequest, $0.isDown) = (nil, false) }
    pair.time.advance(by: .seconds(600))
    try pair.branches.commit(["r/a": 1, "r/new": 2], on: "main")
    await pair.passOfStaging()
    #expect(await pair.pass(.sweep).plan.changes.map(\.cause) == [.createFrom])
    #expect(pair.registry.tags["r:new-latest"] == 2)
  }

  /// What nobody may have written stays known, over commits that don't touch it.
  @Test func driftIsStillKnownBesideAnUnrecordedWrite() async throws {
    try bench.branches.commit(["r/a": 1, "r/b": 1])
    try await start()
    try bench.branches.commit(["r/a": 2, "r/b": 1])
    try await startAndDie(at: "PUT")
    try bench.registry.push(9, to: "r:b-latest")
    try bench.branches.commit(["r/a": 1, "r/b": 1])
    #expect(try await start().plan.changes.map(\.restraint) == [nil, .reported])
    #expect(bench.registry.tags == ["r:a-latest": 1, "r:b-latest": 9])
  }
}
