import Model
import Synchronization
import TestSupport
import Testing

@testable import Reconciler

@Suite struct AgendaTests {
  func agenda() -> Agenda {
    Agenda(channels: ["a", "b"], poll: .seconds(15), sweep: .seconds(300), now: .zero)
  }
  let quiet = Agenda.Outcome()

  @Test func beginsWithASweepOfEachAndThenWaits() {
    var agenda = agenda()
    for channel in ["a", "b"] {
      #expect(agenda.next(now: .zero) == .pass(channel: channel, .sweep))
      agenda.ended(.sweep, of: channel, quiet, now: .seconds(1), random: 0.5)
    }
    #expect(agenda.next(now: .seconds(1)) == .wait(until: .seconds(301)))
    #expect(agenda.next(now: .seconds(301)) == .pass(channel: "a", .sweep))
  }

  /// Rings for sweeps that come faster than one channel's sweep ends.
  @Test func whatWaitedLongestIsNext() {
    var agenda = agenda()
    agenda.take(Rings(sweep: true), now: .seconds(60))
    agenda.ended(.sweep, of: "a", .init(nextRetry: .seconds(61)), now: .seconds(70), random: 0)
    agenda.take(Rings(sweep: true), now: .seconds(71))
    #expect(agenda.next(now: .seconds(71)) == .pass(channel: "b", .sweep))
    agenda.ended(.sweep, of: "b", quiet, now: .seconds(140), random: 0)
    agenda.take(Rings(sweep: true), now: .seconds(141))
    #expect(agenda.next(now: .seconds(141)) == .pass(channel: "a", .sweep))
    agenda.ended(.sweep, of: "a", .init(nextRetry: .seconds(142)), now: .seconds(145), random: 0)
    #expect(agenda.next(now: .seconds(145)) == .pass(channel: "b", .sweep))
    agenda.ended(.sweep, of: "b", quiet, now: .seconds(150), random: 0)
    #expect(agenda.next(now: .seconds(150)) == .pass(channel: "a", .commit))
    agenda.take(Rings(sweep: true), now: .seconds(151))
    #expect(agenda.next(now: .seconds(151)) == .pass(channel: "a", .sweep))
  }

  @Test func aBranchThatMovedGoesBeforeASweepAndBeforeWhatItInterrupted() {
    var agenda = agenda()
    agenda.take(Rings(channels: ["a"]), now: .zero)
    #expect(agenda.next(now: .zero) == .pass(channel: "a", .commit))
    agenda.ended(.commit, of: "a", .init(isUnfinished: true), now: .zero, random: 0)
    agenda.take(Rings(channels: ["b"]), now: .zero)
    #expect(agenda.next(now: .zero) == .pass(channel: "b", .commit))
    agenda.ended(.commit, of: "b", quiet, now: .zero, random: 0)
    #expect(agenda.next(now: .zero) == .pass(channel: "a", .commit))
    agenda.ended(.commit, of: "a", quiet, now: .zero, random: 0)
    #expect(agenda.next(now: .zero) == .pass(channel: "a", .sweep))
  }

  /// One channel's copies end one by one: the others have their turn all the same.
  @Test func whatEndedWaitsBehindAll() {
    var agenda = agenda()
    agenda.take(Rings(channels: ["b"], ended: ["a"]), now: .zero)
    #expect(agenda.next(now: .zero) == .pass(channel: "b", .commit))
    agenda.enqueue(["b"])
    agenda.ended(.commit, of: "b", quiet, now: .zero, random: 0)
    #expect(agenda.next(now: .zero) == .pass(channel: "a", .commit))
    agenda.enqueue(["b"])
    agenda.ended(.commit, of: "a", quiet, now: .zero, random: 0)
    agenda.take(Rings(ended: ["a"]), now: .zero)
    #expect(agenda.next(now: .zero) == .pass(channel: "b", .commit))
    agenda.take(Rings(ended: ["a"]), now: .zero)
    agenda.ended(.commit, of: "b", quiet, now: .zero, random: 0)
    #expect(agenda.next(now: .zero) == .pass(channel: "a", .commit))
    agenda.ended(.commit, of: "a", quiet, now: .zero, random: 0)
    #expect(agenda.next(now: .zero) == .pass(channel: "a", .sweep))
  }

  @Test func anInterruptedSweepGoesOnAtOnce() {
    var agenda = agenda()
    agenda.ended(.sweep, of: "b", quiet, now: .zero, random: 0.5)
    agenda.ended(.sweep, of: "a", .init(hasUnfinishedSweep: true), now: .seconds(9), random: 0.5)
    #expect(agenda.next(now: .seconds(9)) == .pass(channel: "a", .sweep))
  }

  @Test func aHeldPassWithAnUnfinishedSweepWaitsToo() {
    var agenda = agenda()
    agenda.ended(.sweep, of: "b", quiet, now: .zero, random: 0.5)
    agenda.ended(.sweep, of: "a", .init(isHeld: true, hasUnfinishedSweep: true), now: .zero, random: 0.5)
    #expect(agenda.next(now: .zero) == .wait(until: .seconds(15)))
  }

  @Test func aSweepThatIsDueGoesBeforeARetry() {
    var agenda = agenda()
    agenda.ended(.sweep, of: "a", .init(nextRetry: .zero), now: .zero, random: 0.5)
    #expect(agenda.next(now: .seconds(1)) == .pass(channel: "b", .sweep))
  }

  @Test func aHeldPassIsTriedAgainAtThePoll() {
    var agenda = agenda()
    agenda.ended(.sweep, of: "b", quiet, now: .zero, random: 0.5)
    agenda.ended(.sweep, of: "a", .init(isHeld: true), now: .zero, random: 0.5)
    #expect(agenda.next(now: .zero) == .wait(until: .seconds(15)))
  }

  @Test func whatFailedIsTriedAgainWhenDue() {
    var agenda = agenda()
    agenda.ended(.sweep, of: "b", quiet, now: .zero, random: 0.5)
    agenda.ended(.sweep, of: "a", .init(nextRetry: .seconds(2)), now: .zero, random: 0.5)
    #expect(agenda.next(now: .zero) == .wait(until: .seconds(2)))
    #expect(agenda.next(now: .seconds(2)) == .pass(channel: "a", .commit))
  }

  @Test func aRetryThatIsOverdueIsNeverAtOnce() {
    var agenda = agenda()
    for channel in ["a", "b"] { agenda.ended(.sweep, of: channel, quiet, now: .seconds(9), random: 0.5) }
    agenda.ended(.commit, of: "a", .init(nextRetry: .seconds(1)), now: .seconds(10), random: 0.5)
    #expect(agenda.next(now: .seconds(10)) == .wait(until: .seconds(10) + ChangeBackoff.shortest))
  }

  @Test func aSignalSweepsEverything() {
    var agenda = agenda()
    for channel in ["a", "b"] { agenda.ended(.sweep, of: channel, quiet, now: .zero, random: 0.5) }
    agenda.take(Rings(sweep: true), now: .seconds(3))
    #expect(agenda.next(now: .seconds(3)) == .pass(channel: "a", .sweep))
  }
}

@Suite struct ChangeBackoffTests {
  @Test func growsToItsLimitAndEndsWithSuccess() throws {
    var backoff = ChangeBackoff()
    let tag = try reference("r:a")
    var pauses: [Duration] = []
    for _ in 1...11 {
      backoff.failed(tag, at: .zero, random: 1)
      pauses.append(try #require(backoff.nextDue(after: .zero)))
    }
    #expect(pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 320, 320].map { .seconds($0) })
    #expect(!backoff.isDue(tag, at: .seconds(319)))
    #expect(backoff.isDue(tag, at: .seconds(320)))
    backoff.succeeded(tag)
    #expect(backoff.isDue(tag, at: .zero))
    #expect(backoff.nextDue(after: .zero) == nil)
    backoff.failed(tag, at: .zero, random: 0)
    #expect(backoff.nextDue(after: .zero) == .seconds(1))
  }

  /// However many changes meet it, a host's fault is one.
  @Test func aHostsPauseIsOneForAllItsChanges() throws {
    var backoff = ChangeBackoff()
    for _ in 1...9 { backoff.hostFailed(at: .zero, random: 1) }
    #expect(backoff.nextDue(after: .zero) == .seconds(1))
    backoff.hostFailed(at: .seconds(1), random: 1)
    #expect(backoff.nextDue(after: .seconds(1)) == .seconds(3))
  }

  @Test func whatIsReleasedIsDueWhateverKeptIt() throws {
    var backoff = ChangeBackoff()
    let (refused, failed) = (try reference("r:a"), try reference("r:b"))
    backoff.refused(refused)
    backoff.failed(failed, at: .zero, random: 1)
    for tag in [refused, failed] {
      #expect(backoff.knows(tag) && !backoff.isDue(tag, at: .zero))
      backoff.release(tag)
      #expect(backoff.isDue(tag, at: .zero))
    }
  }

  /// However many changes fail, a pause is some eight passes.
  @Test func retriesMeet() throws {
    var backoff = ChangeBackoff()
    var random = SeededGenerator(seed: 2)
    let tags = try (0..<500).map { try reference("r:i\($0)") }
    for tag in tags {
      for _ in 0..<12 { backoff.failed(tag, at: .seconds(7), random: .random(in: 0..<1, using: &random)) }
    }
    var now = Duration.seconds(7)
    var passes = 0
    while let due = backoff.nextDue(after: now) {
      #expect(due > now)
      (now, passes) = (due, passes + 1)
      for tag in tags where backoff.isDue(tag, at: now) { backoff.succeeded(tag) }
    }
    #expect(passes <= 11, "\(passes)")
    #expect(now <= .seconds(7 + 300 + 32))
  }
}

@Suite struct DoorbellTests {
  @Test(.timeLimit(.minutes(10))) func anAlarmThatGoesOffBeforeTheWaitIsNotLost() async {
    let doorbell = Doorbell()
    let time = ManualTime()
    for _ in 0..<5000 { await doorbell.wait(until: .zero, time) }
  }

  @Test(.timeLimit(.minutes(10))) func aRingBeforeTheWaitIsNotLost() async {
    let doorbell = Doorbell()
    doorbell.branchMoved("a")
    await doorbell.wait(until: .seconds(1_000_000), ManualTime())
    #expect(doorbell.interrupt.isRaised)
    #expect(doorbell.take() == Rings(channels: ["a"]))
    #expect(!doorbell.interrupt.isRaised)
    #expect(doorbell.take() == Rings())
  }
}

@Suite struct ReconcileLoopTests {
  /// A loop over the bench's channel, and the means to end it.
  func run(
    _ bench: Bench, _ doorbell: Doorbell, _ heartbeat: Heartbeat? = nil, while body: () async throws -> Void
  ) async throws {
    let heartbeat = heartbeat ?? Heartbeat(bench.time)
    let (settings, branches, acceptances) = (bench.channel.settings, bench.branches, bench.acceptances)
    let (registry, journal, time, events) = (bench.registry, bench.journal, bench.time, bench.events)
    let running = Task {
      let deleter = TagDeleter(registry: registry.beating(heartbeat), journal: journal, time: time)
      let channel = ChannelReconciler(
        settings, source: branches, acceptances: acceptances, suspensions: MemorySuspensions(),
        deleter: deleter, events: events,
        interrupt: doorbell.interrupt, waitsForLongWork: false, heartbeat: heartbeat,
        longWorkEnded: { doorbell.longWorkEnded("latest") })
      let loop = ReconcileLoop(
        [channel], deleter: deleter, doorbell: doorbell, events: events, poll: .seconds(15),
        sweep: .seconds(300), heartbeat: heartbeat)
      await loop.run()
    }
    try await body()
    doorbell.stop()
    await running.value
  }

  func until(_ condition: () -> Bool) async throws {
    while !condition() {
      try Task.checkCancellation()
      await Task.yield()
    }
  }

  @Test(.timeLimit(.minutes(10))) func followsTheBranchAndDeletesOnceTheHistoryIsRead() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 2])
    let doorbell = Doorbell()
    let monitor = RefMonitor([bench.channel.settings], source: bench.branches, doorbell: doorbell)
    await monitor.refsMayHaveMoved()
    try await run(bench, doorbell) {
      try await until { bench.storage.text.contains(#""endsFirstPass":true"#) }
      try bench.branches.commit(["r/a": 3])
      await monitor.refsMayHaveMoved()
      try await until { bench.registry.tags == ["r:a-latest": 3] }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aFirstPassHoldsItsDeletesInTheDaemonToo() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 2])
    try bench.branches.commit(["r/a": 1])
    try bench.registry.push(2, to: "r:b-latest")
    let doorbell = Doorbell()
    try await run(bench, doorbell) {
      try await until { bench.storage.text.contains(#""endsFirstPass":true"#) }
    }
    #expect(bench.registry.tags == ["r:a-latest": 1, "r:b-latest": 2])
    let holds = bench.events.taken().filter { event in
      if case .change(_, _, let change) = event { change.action == .held } else { false }
    }
    #expect(holds.count == 1)
  }

  @Test(.timeLimit(.minutes(10))) func aCommitGoesBeforeTheSweepUnderWay() async throws {
    let bench = try Bench()
    let many = try (1...200).map {
      try DesiredState.Entry(key: key("r/i\($0)"), digest: digest(UInt8($0 % 50)))
    }
    try bench.branches.commit(.state(DesiredState(many)))
    let doorbell = Doorbell()
    let monitor = RefMonitor([bench.channel.settings], source: bench.branches, doorbell: doorbell)
    await monitor.refsMayHaveMoved()
    let branches = bench.branches
    try await run(bench, doorbell) {
      try await until { bench.storage.text.contains(#""endsFirstPass":true"#) }
      _ = bench.registry.takeLog()
      // At the hundredth HEAD of a sweep a commit lands, and the sweep is made to notice before it goes on.
      let next = try DesiredState([.init(key: key("r/i1"), digest: digest(49))] + many.dropFirst())
      let heads = Mutex(0)
      bench.registry.adjust {
        $0.onRequest = { request, _ in
          guard request.hasPrefix("HEAD"),
            heads.withLock({
              $0 += 1; return $0
            }) == 100
          else { return }
          _ = try? branches.commit(.state(next))
          doorbell.branchMoved("latest")
        }
      }
      doorbell.sweep()
      try await until { bench.registry.tags["r:i1-latest"] == 49 && heads.withLock { $0 } >= 200 }
    }
    let log = bench.registry.takeLog()
    let put = try #require(log.firstIndex(of: "PUT r:i1-latest 49"))
    #expect(log[..<put].count { $0.hasPrefix("HEAD") } == 100)
    #expect(log.count { $0.hasPrefix("HEAD") } >= 200)
    #expect(log.count { $0.hasPrefix("PUT") } == 1)
  }

  @Test(.timeLimit(.minutes(10))) func aStopFinishesWhatIsInFlightAndBeginsNothing() async throws {
    let bench = try Bench()
    let many = try (1...200).map {
      try DesiredState.Entry(key: key("r/i\($0)"), digest: digest(UInt8($0 % 50)))
    }
    try bench.branches.commit(.state(DesiredState(many)))
    let doorbell = Doorbell()
    let puts = Mutex(0)
    bench.registry.adjust {
      $0.onRequest = { request, _ in
        if request.hasPrefix("PUT"),
          puts.withLock({
            $0 += 1; return $0
          }) == 20
        {
          doorbell.stop()
        }
      }
    }
    try await run(bench, doorbell) { try await until { bench.registry.tags.count >= 20 } }
    #expect(bench.registry.tags.count < 20 + bench.registry.concurrency)
    let applied = bench.storage.text.split(separator: "\n").count { $0.contains(#""outcome":"applied""#) }
    #expect(applied == bench.registry.tags.count)
  }
}
