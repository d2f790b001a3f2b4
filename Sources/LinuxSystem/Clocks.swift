import Glibc

/// Reads of the system's clocks (clock_gettime(2)).
package enum SystemClock {
  /// Time since some fixed instant, for measuring: it never jumps, and stands still while the machine sleeps.
  package static func monotonic() -> Duration { read(CLOCK_MONOTONIC) }

  /// Time since 1970-01-01T00:00:00Z: it jumps when the clock is set.
  package static func sinceEpoch() -> Duration { read(CLOCK_REALTIME) }

  private static func read(_ clock: clockid_t) -> Duration {
    var time = timespec()
    clock_gettime(clock, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}
