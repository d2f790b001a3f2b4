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

  /// As where others use up the same quota, or it is of one kind of request: going slower does not help.
  @Test(arguments: [0.2, 0.5]) func refusalsThatAreNoMatterOfTheRateEndNothing(share: Double) {
    var random = SeededGenerator(seed: 7)
    var pace = Pace(OriginLimits())
    var now = Duration.zero
    for _ in 0..<500 {
      wait: while true {
        switch pace.permission(for: .head, at: now) {
        case .at(let time), .refused(let time, _): now = time
        case .now, .afterAnother: break wait
        }
      }
      let ticket = pace.started(.head, at: now)
      now += .milliseconds(20)
      let isRefused = Double.random(in: 0..<1, using: &random) < share
      pace.ended(
        ticket, PaceAnswer(isRefused ? .throttled(retryAfter: nil) : .accepted), at: now,
        random: .random(in: 0..<1, using: &random))
    }
    #expect(now < .seconds(1000))
  }
}
