/// Until when a server is not to be asked: as long as it says, else ever longer, with full jitter (M. Brooker,
/// "Exponential Backoff and Jitter", AWS Architecture Blog).
struct HostPause {
  static let first: Duration = .milliseconds(500)
  static let longest: Duration = .seconds(30)
  /// As long as this is not asked again whatever a server says: a limit's window may be an hour and more, but one answer
  /// of a proxy must not silence a registry for a day. Then one question shows whether it still holds.
  static let longestThrottled: Duration = .seconds(3600)
  /// The same of a server that is merely unavailable, which may be back sooner than it thought.
  static let longestUnavailable: Duration = .seconds(300)

  /// After as many refusals in a row nobody waits any more: each pause is followed by one question.
  private static let patience = 8

  private(set) var end: Duration = .zero
  private var refusals = 0

  var isHopeless: Bool { refusals >= Self.patience }

  /// - Parameter isFirst: The first refusal of an episode: those of requests sent at the same time lengthen nothing.
  mutating func throttled(retryAfter: Duration?, isFirst: Bool, at now: Duration, random: Double) {
    if isFirst { refusals += 1 }
    if let retryAfter, retryAfter > .zero {
      end = max(end, now + min(retryAfter, Self.longestThrottled))
      return
    }
    guard isFirst else { return }
    end = max(end, now + min(Self.longest, Self.first * (1 << min(refusals - 1, 10))) * random)
  }

  mutating func unavailable(retryAfter: Duration, at now: Duration) {
    end = max(end, now + min(retryAfter, Self.longestUnavailable))
  }

  mutating func accepted() { refusals = 0 }
}
