/// When requests to one origin may start: so many in flight, so many a second, none in a pause that the server asked
/// for, and few where a quota runs out. All of it but what is configured is learned from the answers.
///
/// A state machine without I/O: every time is handed in, monotonic.
struct Pace {
  /// A pause is waited for as long as this.
  static let longestWait: Duration = .seconds(60)

  enum Permission: Equatable {
    case now
    /// Once a request ended.
    case afterAnother
    case at(Duration)
    /// Not before then, which is too long to wait, and why.
    case refused(until: Duration, reason: String)
  }

  /// A request that started.
  struct Ticket {
    fileprivate let number: Int
    fileprivate let method: HTTPRequest.Method
    fileprivate let counted: Bool
    fileprivate let isStream: Bool
  }

  private(set) var inFlight = 0
  private var streamsInFlight = 0
  private(set) var window: RequestWindow
  private(set) var rate: RequestRate
  private var pause = HostPause()
  private var quota = QuotaSpending()
  private var lastNumber = 0
  /// Requests up to this one were sent before the last reduction: their refusals are no news.
  private var lastBeforeReduction = 0

  init(_ limits: OriginLimits) {
    window = RequestWindow(most: limits.concurrency)
    rate = RequestRate(configured: limits.requestsPerSecond)
  }

  /// Whether the next request in line may start.
  /// - Parameter isStream: It takes none of the places: a copy needs none that another request holds.
  mutating func permission(
    for method: HTTPRequest.Method, isStream: Bool = false, at now: Duration
  ) -> Permission {
    if pause.end - now > Self.longestWait {
      return .refused(until: pause.end, reason: "the server asks to wait")
    }
    if pause.end > now, pause.isHopeless {
      return .refused(
        until: pause.end, reason: "the server limits requests (429), and has refused every one of late")
    }
    guard isStream || inFlight < window.limit else { return .afterAnother }
    if pause.end > now { return .at(pause.end) }
    let quotaTurn = quota.turn(of: method, at: now)
    if quotaTurn - now > QuotaSpending.longestWait {
      return .refused(until: quotaTurn, reason: "its quota is nearly used up, \(quota.text)")
    }
    let turn = max(quotaTurn, rate.turn(at: now))
    return turn > now ? .at(turn) : .now
  }

  var isBusy: Bool { inFlight + streamsInFlight > 0 }

  mutating func started(
    _ method: HTTPRequest.Method, isStream: Bool = false, at now: Duration
  ) -> Ticket {
    lastNumber += 1
    if isStream { streamsInFlight += 1 } else { inFlight += 1 }
    let ticket = Ticket(number: lastNumber, method: method, counted: quota.counts(method), isStream: isStream)
    rate.started(at: now)
    quota.started(method, at: now)
    return ticket
  }

  /// - Parameter random: from 0 up to 1, for the jitter of a pause.
  mutating func ended(
    _ ticket: Ticket, _ answer: PaceAnswer, at now: Duration, random: @autoclosure () -> Double
  ) {
    if ticket.isStream { streamsInFlight -= 1 } else { inFlight -= 1 }
    quota.ended(ticket.method, counted: ticket.counted, answer.quota, at: now)
    // What was sent before the last refusal came is of the same episode.
    let isNews = ticket.number > lastBeforeReduction
    switch answer.kind {
    case .accepted:
      rate.accepted(isNews: isNews, at: now)
      window.grow()
      if isNews { pause.accepted() }
    case .throttled(let retryAfter):
      if isNews {
        lastBeforeReduction = lastNumber
        window.halve()
        rate.throttled(at: now)
      }
      pause.throttled(retryAfter: retryAfter, isFirst: isNews, at: now, random: random())
    case .unavailable(let retryAfter): pause.unavailable(retryAfter: retryAfter, at: now)
    case .silent: break
    }
  }
}
