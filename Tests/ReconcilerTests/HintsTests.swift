import Synchronization
import TestSupport
import Testing

@testable import Reconciler

@Suite(.timeLimit(.minutes(10))) struct HintsTests {
  /// When it was looked.
  private final class Looks: Sendable {
    private let times = Mutex<[Duration]>([])
    var all: [Duration] { times.withLock(\.self) }
    func add(_ time: Duration) { times.withLock { $0.append(time) } }
  }

  @Test func theFirstIsFollowedAtOnceAndThoseWithinThePauseTogetherAtItsEnd() async throws {
    let time = ManualTime()
    let hints = Hints(pause: .seconds(60), time)
    let looks = Looks()
    let following = Task { await hints.follow { looks.add(time.monotonic()) } }
    defer { following.cancel() }
    func settle(_ count: Int) async throws {
      while looks.all.count < count || time.nextDeadline == nil {
        try Task.checkCancellation()
        await Task.yield()
      }
    }
    hints.give()
    try await settle(1)
    time.advance(by: .seconds(20))
    for _ in 1...1000 { hints.give() }
    time.advance(by: .seconds(40))
    try await settle(2)
    // Nothing is left over: only another hint is a reason.
    time.advance(by: .seconds(600))
    hints.give()
    try await settle(3)
    #expect(looks.all == [.zero, .seconds(60), .seconds(660)])
  }

  @Test func aHintDuringALookMakesAnother() async throws {
    let time = ManualTime()
    let hints = Hints(pause: .seconds(1), time)
    let looks = Looks()
    let following = Task {
      await hints.follow {
        if looks.all.isEmpty { hints.give() }
        looks.add(time.monotonic())
      }
    }
    defer { following.cancel() }
    hints.give()
    while looks.all.count < 2 {
      try Task.checkCancellation()
      time.advance(by: .milliseconds(100))
      await Task.yield()
    }
  }
}
