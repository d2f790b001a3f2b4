import Model
import Synchronization
import TestSupport
import Testing

@testable import Reconciler

@Suite struct FetchScheduleTests {
  @Test func aSuccessIsFollowedByTheIntervalGiveOrTakeATenth() {
    var schedule = FetchSchedule(interval: .seconds(60))
    #expect(schedule.pause(afterSuccess: true, random: 0) == .seconds(54))
    #expect(schedule.pause(afterSuccess: true, random: 0.5) == .seconds(60))
    #expect((.seconds(65)...(.seconds(66))).contains(schedule.pause(afterSuccess: true, random: 0.99)))
  }

  @Test func failuresAreFollowedByLongerPausesUpToTenMinutesAndASuccessEndsThem() {
    var schedule = FetchSchedule(interval: .seconds(60))
    let pauses = (1...6).map { _ in schedule.pause(afterSuccess: false, random: 1) }
    #expect(pauses == [120, 240, 480, 600, 600, 600].map { .seconds($0) })
    #expect(schedule.pause(afterSuccess: false, random: 0.5) == .seconds(300))
    #expect(schedule.pause(afterSuccess: false, random: 0) == .seconds(60))
    _ = schedule.pause(afterSuccess: true, random: 0)
    #expect(schedule.pause(afterSuccess: false, random: 1) == .seconds(120))
  }

  @Test func noPauseIsShorterThanTheInterval() {
    var schedule = FetchSchedule(interval: .seconds(86_400))
    for random in [0, 0.5, 0.99] {
      #expect(schedule.pause(afterSuccess: false, random: random) == .seconds(86_400))
    }
  }
}

@Suite(.timeLimit(.minutes(10))) struct FetchLoopTests {
  let remote = ModelRemote()
  let time = ManualTime()
  let events = EventLog()

  /// A loop over two branches, ended after `body`.
  func run(
    news: @escaping @Sendable () async -> Void = {}, _ body: (FetchLoop) async throws -> Void
  ) async throws {
    let loop = FetchLoop(
      ["origin/main", "origin/production"], fetcher: remote, interval: .seconds(60), events: events,
      time: time)
    let running = Task { await loop.run(news: news) }
    defer { running.cancel() }
    try await body(loop)
    running.cancel()
    await running.value
  }

  /// Waits for the end of the `count`-th round, and for how long the loop then sleeps.
  func pause(afterRound count: Int) async throws -> Duration {
    try await until { remote.fetched.count == 2 * count && time.nextDeadline != nil }
    return time.nextDeadline! - time.monotonic()
  }

  /// Lets the time come at which the loop fetches again; how long that took.
  @discardableResult
  func next(afterRound count: Int) async throws -> Duration {
    let pause = try await pause(afterRound: count)
    time.advance(by: pause)
    _ = try await self.pause(afterRound: count + 1)
    return pause
  }

  func until(_ condition: () -> Bool) async throws {
    while !condition() {
      try Task.checkCancellation()
      await Task.yield()
    }
  }

  @Test func eachBranchIsFetchedAtOnceAndAtEveryInterval() async throws {
    let answers = Mutex(0)
    try await run(news: { answers.withLock { $0 += 1 } }) { _ in
      for round in 1...3 {
        let pause = try await next(afterRound: round)
        #expect((.seconds(54) ... .seconds(66)).contains(pause))
      }
    }
    #expect(
      remote.fetched.prefix(4) == ["origin/main", "origin/production", "origin/main", "origin/production"])
    #expect(answers.withLock { $0 } == 8)
    #expect(events.taken() == [])
  }

  @Test func aRemoteThatDoesNotAnswerIsToldOnceUntilTheReasonChangesAndHoldsNothing() async throws {
    let both = ["origin/main", "origin/production"]
    try await run { loop in
      let first = try await pause(afterRound: 1)
      for branch in both { remote.answer(branch, .failed("refused, port 1")) }
      try await next(afterRound: 1)
      #expect(events.taken() == [.fetchFailed(both, reason: "refused, port 1", age: first)])
      for branch in both { remote.answer(branch, .failed("refused, port 2")) }
      let second = try await next(afterRound: 2)
      #expect(events.taken() == [])
      for branch in both { #expect(await loop.hold(on: branch) == nil) }
      remote.answer("origin/production", .failed("denied"))
      let third = try await next(afterRound: 3)
      #expect(
        events.taken() == [.fetchFailed(["origin/production"], reason: "denied", age: first + second + third)]
      )
      for branch in both { remote.answer(branch, .fetched) }
      let fourth = try await next(afterRound: 4)
      #expect(events.taken() == [.fetchResumed(after: second + third + fourth)])
    }
  }

  @Test func anOutageIsToldAgainAfterAnHourAndThenOnceADay() {
    var outage = FetchOutage(start: .seconds(100))
    func news(_ reason: String, at seconds: Int) -> [String] {
      outage.news(of: [FetchFailure(branch: "origin/main", reason: reason)], now: .seconds(seconds))
        .map { $0[0].reason }
    }
    #expect(news("refused, port 1", at: 100) == ["refused, port 1"])
    #expect(news("timeout", at: 200) == ["timeout"])
    // By turns, as a name that is found now and then.
    for (index, reason) in ["refused, port 2", "timeout", "refused, port 3"].enumerated() {
      #expect(news(reason, at: 300 + index) == [])
    }
    #expect(news("timeout", at: 3699) == [])
    #expect(news("timeout", at: 3700) == ["timeout"])
    #expect(news("timeout", at: 90_099) == [])
    #expect(news("timeout", at: 90_100) == ["timeout"])
  }

  @Test func whoGivesNoAnswerIsNotAskedForTheNextBranch() async throws {
    remote.answer("origin/main", .unreachable("denied"))
    try await run { loop in
      try await until { time.nextDeadline != nil }
      #expect(remote.fetched == ["origin/main"])
      #expect(
        events.taken() == [.fetchFailed(["origin/main", "origin/production"], reason: "denied", age: nil)])
      // What was fetched by an earlier process is desired.
      for branch in ["origin/main", "origin/production"] { #expect(await loop.hold(on: branch) == nil) }
    }
  }

  @Test func passesWaitForTheFirstAnswerAndForOneAfterEachWordOfAPerson() async throws {
    let (gate, opening) = AsyncStream.makeStream(of: Void.self)
    let news = Mutex(0)
    remote.onFetch { for await _ in gate { break } }
    remote.answer("origin/production", .failed("refused"))
    try await run(news: { news.withLock { $0 += 1 } }) { loop in
      try await until { remote.fetched.count == 1 }
      #expect(await loop.hold(on: "origin/main") == .awaited)
      #expect(await loop.hold(on: "main") == nil)
      // The fetch under way began before the word.
      await loop.renew()
      opening.yield()
      try await until { remote.fetched.count == 2 }
      #expect(await loop.hold(on: "origin/main") == .awaited)
      remote.onFetch(nil)
      opening.finish()
      try await until { remote.fetched.count == 4 && time.nextDeadline != nil }
      for branch in ["origin/main", "origin/production"] { #expect(await loop.hold(on: branch) == nil) }
      #expect(news.withLock { $0 } == 3)
      // A failure that nobody waits for is no news.
      loop.fetchNow()
      try await until { remote.fetched.count == 6 && time.nextDeadline != nil }
      #expect(news.withLock { $0 } == 4)
    }
  }

  @Test func pausesGrowWhileNoBranchCanBeFetched() async throws {
    for branch in ["origin/main", "origin/production"] { remote.answer(branch, .failed("refused")) }
    try await run { _ in
      var longest = Duration.zero
      for round in 1...12 { longest = max(longest, try await next(afterRound: round)) }
      #expect((.seconds(120) ... .seconds(600)).contains(longest))
      #expect(events.taken().count == 1)
      // One branch that can be is the remote's answer.
      remote.answer("origin/main", .fetched)
      try await next(afterRound: 13)
      #expect(try await pause(afterRound: 14) <= .seconds(66))
    }
  }

  @Test func aBranchThatIsGoneHoldsUntilItIsBackAndOthersGoOn() async throws {
    let answers = Mutex(0)
    try await run(news: { answers.withLock { $0 += 1 } }) { loop in
      remote.answer("origin/production", .vanished("push it"))
      try await next(afterRound: 1)
      #expect(events.taken() == [.branchVanished("origin/production", reason: "push it")])
      #expect(await loop.hold(on: "origin/production") == .vanished("push it"))
      #expect(await loop.hold(on: "origin/main") == nil)
      // What can't be asked is no news of it.
      remote.answer("origin/production", .failed("refused"))
      try await next(afterRound: 2)
      #expect(await loop.hold(on: "origin/production") == .vanished("push it"))
      let before = answers.withLock { $0 }
      remote.answer("origin/production", .fetched)
      _ = events.taken()
      try await next(afterRound: 3)
      #expect(events.taken().first == .branchReturned("origin/production"))
      #expect(await loop.hold(on: "origin/production") == nil)
      #expect(answers.withLock { $0 } == before + 2)
    }
  }

  @Test func whoAsksDuringAFetchGetsOneMore() async throws {
    let (gate, opening) = AsyncStream.makeStream(of: Void.self)
    remote.onFetch { for await _ in gate { break } }
    try await run { loop in
      try await until { remote.fetched.count == 1 }
      for _ in 1...5 { loop.fetchNow() }
      remote.onFetch(nil)
      opening.finish()
      _ = try await pause(afterRound: 2)
      loop.fetchNow()
      _ = try await pause(afterRound: 3)
    }
    #expect(time.monotonic() == .zero)
  }

  @Test func anEndDuringAFetchIsNoFailure() async throws {
    remote.answer("origin/main", .failed("cancelled"))
    remote.onFetch { try? await Task.sleep(for: .seconds(3600)) }
    try await run { _ in try await until { remote.fetched.count == 1 } }
    #expect(remote.fetched == ["origin/main"])
    #expect(events.taken() == [])
  }
}
