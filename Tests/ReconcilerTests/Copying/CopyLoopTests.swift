import Model
import Synchronization
import TestSupport
import Testing

@testable import Reconciler

/// A daemon's loop: nothing but the end of a copy brings the pass that puts its tag.
@Suite(.timeLimit(.minutes(10))) struct CopyLoopTests {
  @Test func sweepsOfOtherChannelsGoOnMeanwhileAndAStopEndsTheCopy() async throws {
    let sources = ModelSources([60: "staging", 61: "staging"])
    let held = HeldCopies(sources)
    let bench = try Bench(sources: sources)
    try bench.branches.commit(["r/a": 60])
    try bench.branches.commit(["r/b": 2], on: "main")
    let doorbell = Doorbell()
    let running = run(bench, doorbell)
    await held.wait(for: 60)
    try await until { bench.storage.text.contains(#""tag":"b-nightly""#) }
    // Past the time in which a drift has to be seen twice.
    bench.time.advance(by: .seconds(90))
    try bench.registry.push(9, to: "r:b-nightly")
    doorbell.sweep()
    try await until { bench.registry.tags == ["r:b-nightly": 2] }
    #expect(sources.state.withLock(\.begun) == [60])
    held.release(60)
    try await until { bench.registry.tags == ["r:a-latest": 60, "r:b-nightly": 2] }

    try bench.branches.commit(["r/a": 61])
    doorbell.branchMoved("latest")
    await held.wait(for: 61)
    doorbell.stop()
    await running.value
    #expect(sources.state.withLock(\.atOnce) == 0)
    #expect(sources.state.withLock(\.cancelled) == [61])
    #expect(bench.registry.tags == ["r:a-latest": 60, "r:b-nightly": 2])
  }

  /// A channel that has no sources gets the tag of the same image as soon as it is there.
  @Test func whatAnotherChannelCopiedIsPutAtOnce() async throws {
    let sources = ModelSources([60: "staging"])
    let held = HeldCopies(sources)
    let bench = try Bench(sources: sources)
    try bench.branches.commit(["r/a": 60])
    try bench.branches.commit(["r/a": 60, "r/b": 61], on: "main")
    let doorbell = Doorbell()
    let running = run(bench, doorbell)
    await held.wait(for: 60)
    try await until { bench.storage.text.contains(#""tag":"b-nightly""#) }
    held.release(60)
    try await until { bench.registry.tags == ["r:a-latest": 60, "r:a-nightly": 60] }
    doorbell.stop()
    await running.value
    // What nobody brought waits as before.
    #expect(bench.registry.takeLog().count { $0 == "PUT r:b-nightly 61" } == 1)
  }

  /// The pass that a failure's ring brought makes way before it hears of the failure: nothing else would ring for that.
  @Test func aFailureIsHeardThoughItsPassHadToMakeWay() async throws {
    let sources = ModelSources([60: "staging"])
    sources.adjust { $0.failures[60] = WriteFailure(.transient, "ghcr.io: 503") }
    let held = HeldCopies(sources)
    let doorbell = Doorbell()
    let second = try commit(2)
    let storage = MemoryStorage { line in
      if line.contains(#""applying""#), line.contains("\(second)") { doorbell.branchMoved("nightly") }
    }
    let bench = try Bench(storage: storage, sources: sources)
    try bench.branches.commit(["r/a": 60])
    let running = run(bench, doorbell)
    await held.wait(for: 60)
    try await until { storage.text.contains(#""endsFirstPass":true"#) }
    // A history that came to its end would bring a pass of its own.
    let isOver = Atomic(false)
    defer { isOver.store(true, ordering: .releasing) }
    bench.branches.adjust {
      $0.readingHistory = { _ in while !isOver.load(ordering: .acquiring) { await Task.yield() } }
    }
    // With nothing to put: what was not begun would be reason enough for another pass.
    try bench.branches.commit(["r/a": 60])
    held.release(60)
    try await until { storage.text.contains("ghcr.io: 503") }
    doorbell.stop()
    await running.value
  }

  /// A loop over the bench's channel, and over one that has no sources.
  private func run(_ bench: Bench, _ doorbell: Doorbell) -> Task<Void, Never> {
    let (settings, branches, acceptances) = (bench.channel.settings, bench.branches, bench.acceptances)
    let (registry, journal, time, events) = (bench.registry, bench.journal, bench.time, bench.events)
    let sources = bench.sources
    let nightly = ChannelSettings(
      name: "nightly", branch: "main", template: try! TagTemplate("{image}-nightly"))  // a constant
    return Task {
      let deleter = TagDeleter(registry: registry, journal: journal, time: time)
      let channels = [settings, nightly].map { settings in
        ChannelReconciler(
          settings, source: branches, acceptances: acceptances, suspensions: MemorySuspensions(),
          deleter: deleter, copier: sources,
          events: events, interrupt: doorbell.interrupt, waitsForLongWork: false,
          longWorkEnded: { doorbell.longWorkEnded(settings.name) })
      }
      let loop = ReconcileLoop(
        channels, deleter: deleter, doorbell: doorbell, events: events, poll: .seconds(15),
        sweep: .seconds(300), heartbeat: Heartbeat(time))
      await loop.run()
    }
  }

  private func until(_ condition: () -> Bool) async throws {
    while !condition() {
      try Task.checkCancellation()
      await Task.yield()
    }
  }
}
