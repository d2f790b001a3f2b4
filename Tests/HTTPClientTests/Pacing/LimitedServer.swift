import TestSupport

@testable import HTTPClient

/// A server that allows so many requests a second, in virtual time, and one client that is paced.
struct LimitedServer {
  enum Limiter: Sendable {
    /// Fills evenly, up to so many seconds' worth.
    case bucket(seconds: Double)
    /// Counts anew each second, from a point that is not the client's.
    case window(offset: Double)
  }

  let limiter: Limiter
  let rate: Double
  /// To the server and back.
  let latency: Duration
  var retryAfter: Duration?

  private(set) var accepted = 0
  private(set) var refused = 0
  private(set) var most = 0
  private var tokens = 0.0
  private var last = 0.0
  private var windowNumber = -1
  private var inWindow = 0

  init(_ limiter: Limiter, rate: Double, latency: Duration, retryAfter: Duration? = nil) {
    (self.limiter, self.rate, self.latency, self.retryAfter) = (limiter, rate, latency, retryAfter)
    if case .bucket(let seconds) = limiter { tokens = max(1, rate * seconds) }
  }

  /// True where a request that comes at `time` is accepted.
  private mutating func accepts(at time: Double) -> Bool {
    switch limiter {
    case .bucket(let seconds):
      tokens = min(max(1, rate * seconds), tokens + (time - last) * rate)
      last = time
      guard tokens >= 1 else { return false }
      tokens -= 1
      return true
    case .window(let offset):
      let number = Int(time + offset)
      if number != windowNumber { (windowNumber, inWindow) = (number, 0) }
      inWindow += 1
      return inWindow <= Int(rate)
    }
  }

  /// Sends `count` requests through `pace`, those that are refused again: the time that it took.
  mutating func take(_ count: Int, through pace: inout Pace, seed: UInt64) -> Duration {
    var random = SeededGenerator(seed: seed)
    var now: Duration = .zero
    var underWay: [(end: Duration, ticket: Pace.Ticket, answer: PaceAnswer)] = []
    var left = count
    while left > 0 || !underWay.isEmpty {
      var wake: Duration?
      permissions: while left > 0 {
        switch pace.permission(for: .head, at: now) {
        case .now:
          let ticket = pace.started(.head, at: now)
          let trip = latency * Double.random(in: 0.5...1.5, using: &random)
          let isAccepted = accepts(at: (now + trip / 2) / .seconds(1))
          if isAccepted { accepted += 1 } else { refused += 1 }
          if isAccepted { left -= 1 }
          underWay.append(
            (now + trip, ticket, PaceAnswer(isAccepted ? .accepted : .throttled(retryAfter: retryAfter))))
          most = max(most, underWay.count)
        case .afterAnother: break permissions
        case .at(let time):
          // A timer is a little late.
          wake = time + .microseconds(Int.random(in: 0...1500, using: &random))
          break permissions
        case .refused: preconditionFailure("no such pause is asked for")
        }
      }
      let end = underWay.min { $0.end < $1.end }?.end
      now = [wake, end].compactMap(\.self).min() ?? now
      while let index = underWay.indices.filter({ underWay[$0].end <= now }).min(by: {
        underWay[$0].end < underWay[$1].end
      }) {
        let (_, ticket, answer) = underWay.remove(at: index)
        pace.ended(ticket, answer, at: now, random: .random(in: 0..<1, using: &random))
      }
    }
    return now
  }
}
