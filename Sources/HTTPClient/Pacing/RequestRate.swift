/// How many requests may start in a second: what is configured, and less where the server throttled.
///
/// What a server allows shows in what it accepted until it refused: that, less a tenth, is the rate from then on. It
/// grows while it is what requests wait for, faster where nothing was refused for long, and is forgotten when it is
/// many times what was refused.
/// Starts are spaced evenly, so that neither a token bucket nor a fixed window sees a burst.
struct RequestRate {
  /// What a late wake-up may catch up with.
  private static let slack: Duration = .milliseconds(20)

  /// A rate so many times as high as the one that was refused is another server's, or another day's.
  private static let forgetting = 10.0

  /// No lower rate is learned: refusals that are no matter of the rate, as where others use up a quota, would lower it
  /// until hardly anything is sent. A server that bears less has its pauses.
  private static let lowest = 1.0

  let configured: Double?
  private(set) var learned: Double?
  /// The rate at which requests were refused last.
  private var refused = 0.0
  /// What was learned is of a burst: a server that lets few through at once may allow many a second.
  private var isFirstGuess = false
  private var meter = AcceptedMeter()
  private var acceptedSinceRefusal = 0
  private var lastRefusal: Duration?
  private var nextStart: Duration = .zero
  /// When a request last had to wait for its turn.
  private var lastWait: Duration?

  init(configured: Double?) { self.configured = configured }

  /// Nil for as many as come.
  var current: Double? {
    guard let learned else { return configured }
    return min(learned, configured ?? learned)
  }

  /// When the next request may start: `now`, or later.
  mutating func turn(at now: Duration) -> Duration {
    guard current != nil, nextStart > now else { return now }
    lastWait = now
    return nextStart
  }

  mutating func started(at now: Duration) {
    guard let current else { return }
    nextStart = max(nextStart, now - Self.slack) + .seconds(1) / current
  }

  /// - Parameter isNews: It was sent after the last refusal was known.
  mutating func accepted(isNews: Bool, at now: Duration) {
    meter.count(at: now)
    if isNews { acceptedSinceRefusal += 1 }
    guard let rate = learned, let lastRefusal, let lastWait, now - lastWait < .seconds(1) else { return }
    // With as many answers a second as the rate, this is its share a second.
    let patience = (now - lastRefusal) / .seconds(10)
    let growth = isFirstGuess ? 0.1 : 0.005 * max(1, patience * patience)
    learned = rate + growth < Self.forgetting * refused ? rate + growth : nil
  }

  /// The first refusal of an episode.
  mutating func throttled(at now: Duration) {
    defer {
      lastRefusal = now
      acceptedSinceRefusal = 0
    }
    guard let rate = learned else {
      let accepted = Double(meter.lastSecond(at: now))
      // A server that refuses from the start says nothing of what it accepts: pauses have to do.
      guard accepted >= 2 else { return }
      isFirstGuess = true
      return learn(0.9 * accepted, after: accepted)
    }
    // Nothing was accepted in between: the pause was too short, which says nothing of the rate.
    guard acceptedSinceRefusal > 0, let lastRefusal else { return }
    isFirstGuess = false
    // The pause counts: a bucket fills meanwhile.
    let seconds = max(0.001, (now - lastRefusal) / .seconds(1))
    let accepted = seconds < 1 ? Double(acceptedSinceRefusal) / seconds : Double(meter.lastSecond(at: now))
    learn(min(0.9 * rate, max(rate / 2, 0.9 * accepted)), after: rate)
  }

  private mutating func learn(_ rate: Double, after refused: Double) {
    learned = max(rate, Self.lowest)
    self.refused = refused
  }
}
