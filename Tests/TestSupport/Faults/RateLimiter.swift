import Synchronization

/// What a server that limits requests allows: so many a second.
package final class RateLimiter: Sendable {
  package enum Kind: Sendable, CaseIterable {
    /// Filled evenly, with a second's worth at most.
    case bucket
    /// Counted anew each second.
    case window
  }

  fileprivate struct State {
    var tokens: Double
    var last: Duration = .zero
    var window: Int64 = 0
    var inWindow = 0
    var refused = 0
    var count = 0
  }

  private let kind: Kind
  private let rate: Double
  private let start = ContinuousClock.now
  private let state: Mutex<State>

  package init(_ kind: Kind, rate: Int) {
    self.kind = kind
    self.rate = Double(rate)
    state = Mutex(State(tokens: Double(rate)))
  }

  /// How many requests came, and how many of them were refused.
  package var counts: (requests: Int, refused: Int) { state.withLock { ($0.count, $0.refused) } }

  /// Whether a request that comes now is allowed.
  package func allows() -> Bool {
    state.withLock { state in
      let now = ContinuousClock.now - start
      state.count += 1
      let isAllowed =
        switch kind {
        case .bucket: state.takeToken(at: now, rate)
        case .window: state.countInWindow(at: now, rate)
        }
      if !isAllowed { state.refused += 1 }
      return isAllowed
    }
  }
}

extension RateLimiter.State {
  fileprivate mutating func takeToken(at now: Duration, _ rate: Double) -> Bool {
    tokens = min(rate, tokens + (now - last) / .seconds(1) * rate)
    last = now
    guard tokens >= 1 else { return false }
    tokens -= 1
    return true
  }

  fileprivate mutating func countInWindow(at now: Duration, _ rate: Double) -> Bool {
    if now.components.seconds != window { (window, inWindow) = (now.components.seconds, 0) }
    inWindow += 1
    return inWindow <= Int(rate)
  }
}
