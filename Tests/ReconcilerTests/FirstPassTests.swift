import Model
import Reconciler
import TestSupport
import Testing

/// A channel's first pass, with a history that takes its time.
@Suite(.timeLimit(.minutes(10))) struct FirstPassTests {
  /// A branch that removed `b`, whose tag is there, and a history that is read when `finish` is called.
  struct Setting {
    let bench: Bench
    let channel: ChannelReconciler
    let finish: () async -> Void

    init(_ states: [DesiredState]) throws {
      let bench = try Bench()
      for state in states { try bench.branches.commit(.state(state)) }
      try bench.registry.push(2, to: "r:b-latest")
      let (gate, isOpen) = AsyncStream.makeStream(of: Void.self)
      let (read, isRead) = AsyncStream.makeStream(of: Void.self)
      bench.branches.adjust { $0.readingHistory = { _ in for await _ in gate {} } }
      self.bench = bench
      channel = bench.daemonChannel { isRead.yield() }
      finish = {
        isOpen.finish()
        for await _ in read { break }
        bench.branches.adjust { $0.readingHistory = nil }
      }
    }
  }

  func setting() throws -> Setting { try Setting([state(["r/a": 1, "r/b": 2]), state(["r/a": 1])]) }
  let firstPassHold = "a channel's first pass deletes nothing: the next one will"

  @Test func writesBeforeItsHistoryIsReadAndHoldsItsDeletionsAfter() async throws {
    let setting = try setting()
    for _ in 1...2 {
      #expect(await setting.channel.pass(.sweep, beside: []).error == nil)
      #expect(setting.bench.registry.tags == ["r:a-latest": 1, "r:b-latest": 2])
    }
    await setting.finish()
    let report = await setting.channel.pass(.commit, beside: [])
    #expect(report.plan.changes.map(\.reason) == [firstPassHold])
    #expect(await setting.channel.pass(.commit, beside: []).plan.outcomes == .init(delete: 1, inSync: 1))
    #expect(setting.bench.registry.tags == ["r:a-latest": 1])
  }

  @Test func isNotOverBecauseOfARestart() async throws {
    let setting = try setting()
    let bench = setting.bench
    #expect(await setting.channel.pass(.sweep, beside: []).error == nil)
    await setting.finish()
    try bench.restart()
    #expect(await bench.sweep().plan.changes.map(\.reason) == [firstPassHold])
    try bench.restart()
    #expect(await bench.sweep().plan.outcomes == .init(delete: 1, inSync: 1))
  }

  @Test func isNotOverWithAPartOfTheHistory() async throws {
    let bench = try setting().bench
    bench.branches.adjust { ($0.readingHistory, $0.historyGap) = (nil, "the clone is shallow") }
    #expect(await bench.sweep().plan.changes.compactMap(\.reason) == ["the clone is shallow"])
    bench.branches.adjust { $0.historyGap = nil }
    #expect(await bench.sweep().plan.changes.map(\.reason) == [firstPassHold])
    #expect(await bench.sweep().plan.outcomes == .init(delete: 1, inSync: 1))
  }

  @Test func anEmptyStateWaitsForTheHistoryAndSaysSoOnce() async throws {
    let setting = try Setting([state(["r/b": 2]), .empty])
    for _ in 1...3 { #expect(await setting.channel.pass(.commit, beside: []).awaited != nil) }
    #expect(
      setting.bench.events.taken() == [
        .waiting(
          channel: "latest",
          reason: "the state declares no image; whether that is meant depends on the branch's history, "
            + "which is still being read")
      ])
    await setting.finish()
    #expect(
      await setting.channel.pass(.commit, beside: []).error?.hasPrefix("the state declares no image: if")
        == true)
    #expect(setting.bench.registry.tags == ["r:b-latest": 2])
  }
}
