/// How requests that count against a quota are spent.
///
/// The last tenth is not for us to use up: people pull from the same account and address. Once it is reached, requests
/// that count start only as fast as the quota comes back; one that would wait long is refused instead. Other requests
/// go on: on Docker Hub a `HEAD` does not count, so tags are still compared.
struct QuotaSpending {
  /// Longer is not waited for: the line behind would wait, too.
  static let longestWait: Duration = .seconds(10)

  private var notice: QuotaNotice?
  private var noticed: Duration = .zero
  private var expiry: Duration = .zero
  private var inFlight = 0
  /// A request that counts was in flight since the last notice.
  private var mayHaveSpent = false
  private var lastStart: Duration?
  private var evidence: [HTTPRequest.Method: (falls: Int, answers: Int)] = [:]

  /// A `GET` always does; another method where what is left mostly fell with its answers, and nothing else was the
  /// cause.
  func counts(_ method: HTTPRequest.Method) -> Bool {
    if method == .get { return true }
    guard let (falls, answers) = evidence[method] else { return false }
    return answers >= 4 && 2 * falls > answers
  }

  /// When a request of that method may start: `now`, or later.
  func turn(of method: HTTPRequest.Method, at now: Duration) -> Duration {
    guard let notice, counts(method), now < expiry else { return now }
    guard let limit = notice.limit, notice.remaining <= max(1, limit / 10) else { return now }
    // However long the window is: one question shows whether the quota is still used up.
    let latest = max(noticed, lastStart ?? noticed) + HostPause.longestThrottled
    if notice.reset != nil {
      guard notice.remaining > 0 else { return min(expiry, max(now, latest)) }
      return max(now, min(latest, (lastStart ?? now) + (expiry - now) / (notice.remaining + 1)))
    }
    guard let window = notice.window, let lastStart else { return now }
    return max(now, min(latest, lastStart + window / max(1, limit)))
  }

  /// What is left, for people: `9 of 100 requests are left`.
  var text: String {
    guard let notice else { return "" }
    return "\(max(0, notice.remaining)) of \(notice.limit ?? 0) requests are left"
  }

  mutating func started(_ method: HTTPRequest.Method, at now: Duration) {
    guard counts(method) else { return }
    inFlight += 1
    mayHaveSpent = true
    lastStart = now
    notice?.remaining -= 1
  }

  /// - Parameter counted: what `counts` was when it started.
  mutating func ended(_ method: HTTPRequest.Method, counted: Bool, _ new: QuotaNotice?, at now: Duration) {
    if counted { inFlight -= 1 }
    guard var new else { return }
    if let old = notice, !counted, !mayHaveSpent {
      evidence[method, default: (0, 0)].answers += 1
      if new.remaining < old.remaining { evidence[method]!.falls += 1 }
    }
    mayHaveSpent = inFlight > 0
    // The answers to those in flight will say so.
    new.remaining -= inFlight
    expiry = now + (new.reset ?? new.window ?? .zero)
    (notice, noticed) = (new, now)
  }
}
