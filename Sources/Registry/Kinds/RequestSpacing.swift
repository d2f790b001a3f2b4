import Synchronization

/// Spreads one kind of request evenly over time, for all who send it.
final class RequestSpacing: Sendable {
  /// Nil for no limit.
  private let interval: Duration?
  /// When the next may go; nil before the first.
  private let next = Mutex<ContinuousClock.Instant?>(nil)

  init(perSecond: Int?) { interval = perSecond.map { .seconds(1) / $0 } }

  /// How long a request that is ready `now` has to wait; its place is taken.
  func delay(at now: ContinuousClock.Instant) -> Duration {
    guard let interval else { return .zero }
    return next.withLock { next in
      let start = max(next ?? now, now)
      next = start + interval
      return now.duration(to: start)
    }
  }
}
