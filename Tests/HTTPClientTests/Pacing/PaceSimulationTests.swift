import TestSupport
import Testing

@testable import HTTPClient

/// Whole runs against a simulated server, in virtual time.
@Suite struct PaceSimulationTests {
  struct Setting: Sendable, CustomTestStringConvertible {
    let limiter: LimitedServer.Limiter
    let rate: Double
    let latency: Duration
    var retryAfter: Duration?

    var testDescription: String {
      "\(limiter) of \(rate) a second, \(latency), Retry-After \(retryAfter.map { "\($0)" } ?? "none")"
    }
  }

  static let settings: [Setting] = [
    LimitedServer.Limiter.bucket(seconds: 1), .bucket(seconds: 0.2), .bucket(seconds: 3),
    .window(offset: 0.37),
  ].flatMap { limiter in
    [20.0, 50, 200, 1000].flatMap { rate in
      [Duration.milliseconds(1), .milliseconds(20), .milliseconds(120), .milliseconds(500)].flatMap {
        latency in
        [nil, Duration.seconds(1)].map {
          Setting(limiter: limiter, rate: rate, latency: latency, retryAfter: $0)
        }
      }
    }
  }

  @Test(arguments: settings) func lessThanTwoInAHundredAreRefused(_ setting: Setting) {
    for seed in UInt64(0)..<5 {
      var server = LimitedServer(
        setting.limiter, rate: setting.rate, latency: setting.latency, retryAfter: setting.retryAfter)
      var pace = Pace(OriginLimits(concurrency: 16))
      let time = server.take(2000, through: &pace, seed: seed)
      let share = Double(server.refused) / Double(server.accepted + server.refused)
      #expect(share < 0.02, "\(server.refused) refused, seed \(seed)")
      // A shallow bucket refuses what comes in a bunch, however slow it is.
      let isShallow = if case .bucket(let seconds) = setting.limiter { seconds < 1 } else { false }
      let ideal = 2000 / min(setting.rate, 16 / (setting.latency / .seconds(1)))
      #expect(time / .seconds(1) < (isShallow ? 4 : 1.3) * ideal + 5, "seed \(seed)")
      #expect(server.most <= 16)
    }
  }
}
