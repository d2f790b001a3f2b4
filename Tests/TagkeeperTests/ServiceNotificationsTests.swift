import Model
import Reconciler
import Synchronization
import TestSupport
import Testing

@testable import tagkeeper

@Suite(.timeLimit(.minutes(10))) struct ServiceNotificationsTests {
  /// A sleep is over at once and takes its time; `steps` happen in the midst of them, one each, and end it all.
  private final class SteppingTime: TimeSource {
    private let state: Mutex<(elapsed: Duration, steps: ArraySlice<@Sendable () -> Void>)>

    init() { state = Mutex((.zero, [])) }

    func take(_ steps: [@Sendable () -> Void]) { state.withLock { $0.steps = steps[...] } }

    func now() -> Timestamp { Timestamp(milliseconds: 0) }
    func monotonic() -> Duration { state.withLock(\.elapsed) }
    func random() -> Double { 0 }

    func sleep(until deadline: Duration) async throws {
      let (step, middle) = state.withLock { ($0.steps.popFirst(), $0.elapsed + (deadline - $0.elapsed) / 2) }
      guard let step else { throw CancellationError() }
      state.withLock { $0.elapsed = middle }
      step()
      state.withLock { $0.elapsed = deadline }
    }
  }

  @Test func theWatchdogIsFedWhileTheLoopTakesSteps() async throws {
    try await withTemporaryDirectory { folder in
      let time = SteppingTime()
      let lines = Mutex<[String]>([])
      let listener = try NotifyListener(folder("notify"))
      let log = Log(format: .text, level: .info, time: time) { line in lines.withLock { $0.append(line) } }
      let service = try ServiceNotifications(
        ["NOTIFY_SOCKET": listener.address, "WATCHDOG_USEC": "20000000"], log)
      let heartbeat = Heartbeat(time)
      // The last message of each step: it marks where a sign of life would stand.
      let mark: @Sendable () -> Void = { service.ready() }
      let step: @Sendable () -> Void = {
        mark()
        heartbeat.beat()
      }
      // A look every 2.5 s, and a step in the middle between two.
      time.take([step, step] + Array(repeating: mark, count: 5) + [step] + Array(repeating: mark, count: 4))
      await service.feedWatchdog(heartbeat, time)
      await service.flush()
      while listener.count("READY=1") < 12 { try await Task.sleep(for: .milliseconds(1)) }
      let fed = listener.messages.split(separator: "READY=1", omittingEmptySubsequences: false).dropFirst()
      #expect(fed.map(\.count) == [1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0])
      // Once each time.
      let warnings = lines.withLock { $0.filter { $0.contains("the watchdog is not fed") } }
      #expect(warnings.count == 2 && warnings[0].contains("no pass got on for 11 s"), "\(warnings)")
    }
  }

  @Test func withoutAServiceManagerNothingIsToldAndNothingWaits() async throws {
    let time = SteppingTime()
    time.take([{ Issue.record("it waits") }])
    let log = Log(format: .text, level: .info, time: time) { Issue.record("\($0)") }
    let service = try ServiceNotifications(["WATCHDOG_USEC": "20000000"], log)
    service.ready()
    await service.feedWatchdog(Heartbeat(time), time)
    service.stopping()
    await service.flush()
    #expect(service.events is Log)
  }

  @Test func theStatusLineIsEveryChannelsLastWordInOneLine() async throws {
    try await withTemporaryDirectory { folder in
      let listener = try NotifyListener(folder("notify"))
      let log = Log(format: .text, level: .error, time: SteppingTime()) { _ in }
      let events = try ServiceNotifications(["NOTIFY_SOCKET": listener.address], log).events
      var report = PassReport(channel: "staging", branch: "main", commit: try commit(1))
      report.plan.inSync = 3
      events.take(.pass(report))
      events.take(.held(channel: "latest", reason: "one\nREADY=1\u{1b}"))
      events.take(.warning("of no channel"))
      report = PassReport(channel: "latest", branch: "production", commit: try commit(1))
      report.plan.inSync = 1
      events.take(.unchanged(report))
      while listener.messages.count < 3 { try await Task.sleep(for: .milliseconds(1)) }
      #expect(
        listener.messages == [
          "STATUS=staging: 3 in sync in 0.000 s",
          "STATUS=latest: held, nothing is changed: one (and 1 more lines: run tagkeeper validate); "
            + "staging: 3 in sync in 0.000 s",
          "STATUS=latest: 1 in sync in 0.000 s; staging: 3 in sync in 0.000 s",
        ])
    }
  }
}
