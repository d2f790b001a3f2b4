import Glibc

/// The clocks that requests are paced by.
package struct PaceClock: Sendable {
  /// Monotonic, from an arbitrary start.
  package var now: @Sendable () -> Duration
  /// Seconds since 1970, for people and for dates that come without one to compare with.
  package var wall: @Sendable () -> Int
  /// Returns when `now` reaches the time given.
  package var sleep: @Sendable (Duration) async -> Void

  package init(
    now: @escaping @Sendable () -> Duration, wall: @escaping @Sendable () -> Int,
    sleep: @escaping @Sendable (Duration) async -> Void
  ) {
    self.now = now
    self.wall = wall
    self.sleep = sleep
  }

  package static let system: PaceClock = {
    let start = ContinuousClock.now
    return PaceClock(now: { ContinuousClock.now - start }, wall: { time(nil) }) { deadline in
      // A wake-up is never cancelled: it comes, and finds nothing to do.
      try? await ContinuousClock().sleep(until: start + deadline)
    }
  }()

  /// The wall clock's reading at the monotonic `instant`, in UTC: `2026-11-23 04:05:06 UTC`.
  func text(of instant: Duration) -> String {
    var seconds = wall() + Int((instant - now()).components.seconds)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    return String(unsafeUninitializedCapacity: 32) { buffer in
      buffer.withMemoryRebound(to: CChar.self) {
        strftime($0.baseAddress!, 32, "%Y-%m-%d %H:%M:%S UTC", &parts)
      }
    }
  }
}
