/// When branches are fetched again: after the interval, give or take a tenth; after failures later and later,
/// with full jitter (M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog).
struct FetchSchedule {
  /// A failing remote is asked at least this often, or at each interval where that is longer.
  static let longest: Duration = .seconds(600)

  let interval: Duration
  private var failures = 0

  init(interval: Duration) { self.interval = interval }

  /// How long to wait now. A success ends all of the backoff.
  /// - Parameter random: 0..<1.
  mutating func pause(afterSuccess isSuccess: Bool, random: Double) -> Duration {
    guard !isSuccess else {
      failures = 0
      return interval * (0.9 + 0.2 * random)
    }
    failures += 1
    let limit = max(Self.longest, interval)
    return max(interval, min(limit, interval * (1 << min(failures, 16))) * random)
  }
}
