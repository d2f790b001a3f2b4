import Model
import TestSupport
import Testing

@testable import Planning

@Suite struct FlapBreakerTests {
  private let tag = try! reference("r:a-latest")  // a literal that is a tag

  private func minutes(_ count: Double) -> Duration { .seconds(count * 60) }

  private func rest(_ breaker: FlapBreaker, at minute: Double) -> Duration? {
    breaker.resting(at: minutes(minute))[tag]
  }

  @Test func theFourthMoveWithinTenMinutesIsLeft() {
    var breaker = FlapBreaker(sweep: .seconds(60))
    for minute in [0.0, 3, 6] {
      #expect(rest(breaker, at: minute) == nil)
      breaker.healed(tag, at: minutes(minute))
    }
    #expect(rest(breaker, at: 7) == minutes(9))
    #expect(rest(breaker, at: 16) == nil)
  }

  /// Sweeps come every five minutes, give or take a tenth, unless told otherwise; and as rarely as somebody likes.
  @Test(arguments: [5.5, 15, 60]) func whoMovesItBackBeforeEverySweepIsFound(sweep: Double) {
    var breaker = FlapBreaker(sweep: minutes(sweep / 1.1))
    for number in 0..<3 {
      #expect(rest(breaker, at: sweep * Double(number)) == nil)
      breaker.healed(tag, at: minutes(sweep * Double(number)))
    }
    #expect(rest(breaker, at: sweep * 2) != nil)
  }

  @Test func threeMovesOverMoreThanTenMinutesAreHealed() {
    var breaker = FlapBreaker(sweep: .seconds(60))
    for minute in stride(from: 0.0, to: 60, by: 5) {
      breaker.healed(tag, at: minutes(minute))
      #expect(rest(breaker, at: minute + 0.1) == nil)
    }
  }

  @Test func eachFurtherRestIsTwiceAsLong() throws {
    var breaker = FlapBreaker(sweep: .seconds(60))
    var now = 0.0
    for _ in 0..<3 { breaker.healed(tag, at: minutes(now)) }
    var rests: [Duration] = []
    for _ in 0..<6 {
      let rest = try #require(self.rest(breaker, at: now))
      rests.append(rest)
      now += rest / .seconds(60)
      breaker.healed(tag, at: minutes(now))
    }
    #expect(rests == [10, 20, 40, 80, 160, 240].map { minutes($0) })
  }

  @Test func aTagThatStaysIsForgiven() {
    var breaker = FlapBreaker(sweep: .seconds(60))
    for _ in 0..<3 { breaker.healed(tag, at: .zero) }
    breaker.healed(tag, at: minutes(21))
    #expect(rest(breaker, at: 22) == nil)
  }

  @Test func tagsAreCountedApart() throws {
    var breaker = FlapBreaker(sweep: .seconds(60))
    for number in 0..<6 { breaker.healed(try reference("r:t\(number % 2)-latest"), at: .zero) }
    #expect(breaker.resting(at: .zero).count == 2)
    breaker = FlapBreaker(sweep: .seconds(60))
    for number in 0..<6 { breaker.healed(try reference("r:t\(number)-latest"), at: .zero) }
    #expect(breaker.resting(at: .zero).isEmpty)
  }
}
