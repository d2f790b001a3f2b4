/// How many requests are let through: `burst` at once, then `rate` a second.
struct TokenBucket {
  let rate: Double
  let burst: Double
  private var tokens: Double
  /// When `tokens` were counted.
  private var time: Duration

  init(rate: Double, burst: Double, now: Duration) {
    self.rate = rate
    self.burst = burst
    tokens = burst
    time = now
  }

  /// Takes one. Nil where there was one; else how long it is until there is.
  mutating func take(now: Duration) -> Duration? {
    tokens = min(burst, tokens + (now - time) / .seconds(1) * rate)
    time = now
    guard tokens >= 1 else { return .seconds((1 - tokens) / rate) }
    tokens -= 1
    return nil
  }
}
