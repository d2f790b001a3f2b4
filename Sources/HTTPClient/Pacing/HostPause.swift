/// Until when a server is not to be asked: as long as it says, else ever longer, with full jitter (M. Brooker,
/// "Exponential Backoff and Jitter", AWS Architecture Blog).
struct HostPause {
  static let first: Duration = .milliseconds(500)
  static let longest: Duration = .seconds(30)
  /// A server that asks for more has a wrong clock, or is hostile.
  static let longestAsked: Duration = .seconds(86_400)

  /// After as many refusals in a row nobody waits any more: each pause is followed by one question.
  private static let patience = 8

  private(set) var end: Duration = .zero
  private var refusals = 0

  var isHopeless: Bool { refusals >= Self.patience }

  /// - Parameter isFirst: The first refusal of an episode: those of requests sent at the same time lengthen nothing.
  mutating func throttled(retryAfter: Duration?, isFirst: Bool, at now: Duration, random: Double) {
    if isFirst { refusals += 1 }
    if let retryAfter, retryAfter > .zero { return asked(retryAfter, at: now) }
    guard isFirst else { return }
    end = max(end, now + min(Self.longest, Self.first * (1 << min(refusals - 1, 10))) * random)
  }

  mutating func asked(_ pause: Duration, at now: Duration) {
    end = max(end, now + min(pause, Self.longestAsked))
  }

  mutating func accepted() { refusals = 0 }
}
