import TestSupport
import Testing

@testable import HTTPClient

@Suite struct PaceTests {
  /// Starts as many as may start at `now`.
  private func start(
    _ pace: inout Pace, at now: Duration, _ method: HTTPRequest.Method = .head, most: Int = 100
  )
    -> [Pace.Ticket]
  {
    var tickets: [Pace.Ticket] = []
    while tickets.count < most, pace.permission(for: method, at: now) == .now {
      tickets.append(pace.started(method, at: now))
    }
    return tickets
  }

  private func answer(
    _ pace: inout Pace, _ tickets: some Sequence<Pace.Ticket>, _ kind: PaceAnswer.Kind, at now: Duration
  ) {
    for ticket in tickets { pace.ended(ticket, PaceAnswer(kind), at: now, random: 0.5) }
  }

  @Test func noLimitIsFeltBeforeOneIsMet() {
    var pace = Pace(OriginLimits(concurrency: 4))
    for round in 0..<1000 {
      let tickets = start(&pace, at: .microseconds(round))
      #expect(tickets.count == 4 && pace.permission(for: .put, at: .zero) == .afterAnother)
      answer(&pace, tickets, .accepted, at: .microseconds(round))
    }
    #expect(pace.rate.current == nil && pace.window.limit == 4)
  }

  @Test func anEpisodeHalvesOnceAndAnswersGrowItBack() {
    var pace = Pace(OriginLimits(concurrency: 16))
    let tickets = start(&pace, at: .zero)
    answer(&pace, tickets[..<12], .throttled(retryAfter: nil), at: .seconds(1))
    #expect(pace.window.limit == 8)
    #expect(pace.permission(for: .get, at: .seconds(1)) == .at(.milliseconds(1250)))
    answer(&pace, tickets[12...], .accepted, at: .seconds(1))
    var now = Duration.seconds(60)
    for _ in 0..<3 {
      answer(&pace, start(&pace, at: now, most: 1), .throttled(retryAfter: nil), at: now)
      now += .seconds(60)
    }
    #expect(pace.window.limit == 1)
    answer(&pace, start(&pace, at: now, most: 1), .throttled(retryAfter: nil), at: now)
    #expect(pace.window.limit == 1)
    for _ in 0..<1000 {
      now += .seconds(1)
      let tickets = start(&pace, at: now)
      #expect(tickets.count <= 16)
      answer(&pace, tickets, .accepted, at: now)
    }
    #expect(pace.window.limit == 16)
  }

  @Test func theRateIsWhatWasAcceptedLessATenth() throws {
    var pace = Pace(OriginLimits(concurrency: 16))
    for step in 0..<50 {
      answer(
        &pace, start(&pace, at: .milliseconds(10 * step), most: 1), .accepted, at: .milliseconds(10 * step))
    }
    let tickets = start(&pace, at: .milliseconds(500), most: 4)
    answer(&pace, tickets[..<1], .throttled(retryAfter: nil), at: .milliseconds(500))
    #expect(pace.rate.current == 45)
    // The rest of the episode, and a refusal after nothing sent since was accepted, say nothing more.
    answer(&pace, tickets[1..<3], .throttled(retryAfter: nil), at: .milliseconds(510))
    answer(&pace, tickets[3...], .accepted, at: .milliseconds(510))
    answer(&pace, start(&pace, at: .seconds(2), most: 1), .throttled(retryAfter: nil), at: .seconds(2))
    #expect(pace.rate.current == 45)
  }

  @Test func startsAreSpacedAndNoRestIsSavedUp() {
    var pace = Pace(OriginLimits(concurrency: 100, requestsPerSecond: 10))
    #expect(start(&pace, at: .seconds(5)).count == 1)
    #expect(pace.permission(for: .get, at: .seconds(5)) == .at(.milliseconds(5080)))
    #expect(start(&pace, at: .milliseconds(5080)).count == 1)
    #expect(pace.permission(for: .get, at: .milliseconds(5080)) == .at(.milliseconds(5180)))
    #expect(start(&pace, at: .seconds(60)).count == 1)
  }

  @Test func theConfiguredRateIsTheMost() {
    var pace = Pace(OriginLimits(concurrency: 16, requestsPerSecond: 20))
    var now = Duration.zero
    for _ in 0..<40 {
      now += .milliseconds(50)
      answer(&pace, start(&pace, at: now, most: 1), .accepted, at: now)
    }
    answer(&pace, start(&pace, at: now + .milliseconds(50), most: 1), .throttled(retryAfter: nil), at: now)
    #expect(pace.rate.current! < 20 && pace.rate.configured == 20)
    for _ in 0..<4000 {
      guard case .at(let time) = pace.permission(for: .get, at: now) else {
        answer(&pace, start(&pace, at: now, most: 1), .accepted, at: now)
        continue
      }
      now = time
    }
    #expect(pace.rate.current == 20)
  }

  @Test func whatWasLearnedOfABurstGrowsFast() {
    var rate = RequestRate(configured: nil)
    for step in 0..<20 { rate.accepted(isNews: true, at: .milliseconds(10 * step)) }
    rate.throttled(at: .milliseconds(200))
    #expect(rate.current == 18)
    func accept(at now: Duration) -> Double {
      rate.started(at: now)
      #expect(rate.turn(at: now) > now)
      rate.accepted(isNews: true, at: now)
      return rate.current!
    }
    #expect(accept(at: .seconds(1)) == 18.1)
    // No request waits for its turn any more: the rate is not what holds them up.
    rate.accepted(isNews: true, at: .seconds(2))
    #expect(rate.current == 18.1)
    // The second refusal confirms it.
    rate.throttled(at: .seconds(3))
    let confirmed = rate.current!
    #expect(accept(at: .seconds(4)) == confirmed + 0.005)
  }

  @Test func aRateTenTimesAsHighAsTheRefusedOneIsForgotten() {
    var rate = RequestRate(configured: nil)
    for _ in 0..<2 { rate.accepted(isNews: true, at: .zero) }
    rate.throttled(at: .zero)
    rate.started(at: .zero)
    _ = rate.turn(at: .zero)
    for _ in 0..<181 { rate.accepted(isNews: true, at: .zero) }
    #expect(rate.current! > 19.8)
    rate.accepted(isNews: true, at: .zero)
    rate.accepted(isNews: true, at: .zero)
    #expect(rate.current == nil)
  }

  @Test func aStreamNeedsNoneOfThePlaces() {
    var pace = Pace(OriginLimits(concurrency: 1))
    _ = pace.started(.put, at: .zero)
    #expect(pace.permission(for: .get, at: .zero) == .afterAnother)
    #expect(pace.permission(for: .get, isStream: true, at: .zero) == .now)
  }

  @Test(arguments: [
    PaceAnswer.Kind.throttled(retryAfter: .seconds(7)), .unavailable(retryAfter: .seconds(7)),
  ])
  func aPauseIsTheWholeHosts(answered: PaceAnswer.Kind) {
    var pace = Pace(OriginLimits(concurrency: 4))
    let tickets = start(&pace, at: .zero)
    answer(&pace, tickets[..<1], answered, at: .seconds(1))
    answer(&pace, tickets[1...], .accepted, at: .seconds(2))
    for method in [HTTPRequest.Method.get, .head, .put, .delete] {
      #expect(pace.permission(for: method, at: .seconds(3)) == .at(.seconds(8)))
    }
    #expect(pace.permission(for: .get, at: .seconds(8)) == .now)
  }

  @Test func whatWasSentBeforeARefusalDoesNotEndItsEpisode() {
    var pace = Pace(OriginLimits(concurrency: 4))
    let tickets = start(&pace, at: .zero, most: 2)
    answer(&pace, tickets[..<1], .throttled(retryAfter: nil), at: .seconds(1))
    answer(&pace, tickets[1...], .accepted, at: .seconds(1))
    answer(&pace, start(&pace, at: .seconds(2), most: 1), .throttled(retryAfter: nil), at: .seconds(2))
    #expect(pace.permission(for: .get, at: .seconds(2)) == .at(.milliseconds(2500)))
  }

  @Test func theLongestPauseOfAnEpisodeCounts() {
    var pace = Pace(OriginLimits(concurrency: 8))
    let tickets = start(&pace, at: .zero, most: 4)
    answer(&pace, tickets[..<1], .throttled(retryAfter: nil), at: .seconds(1))
    answer(&pace, tickets[1..<2], .throttled(retryAfter: nil), at: .milliseconds(1100))
    #expect(pace.permission(for: .get, at: .milliseconds(1100)) == .at(.milliseconds(1250)))
    answer(&pace, tickets[2..<3], .throttled(retryAfter: .seconds(7)), at: .milliseconds(1100))
    answer(&pace, tickets[3...], .throttled(retryAfter: .seconds(1)), at: .milliseconds(1200))
    #expect(pace.permission(for: .get, at: .milliseconds(1200)) == .at(.milliseconds(8100)))
  }

  @Test func aShorterPauseEndsNoLongerOne() {
    var pace = Pace(OriginLimits(concurrency: 4))
    let tickets = start(&pace, at: .zero)
    answer(&pace, tickets[..<1], .unavailable(retryAfter: .seconds(7)), at: .zero)
    answer(&pace, tickets[1..<2], .unavailable(retryAfter: .seconds(1)), at: .zero)
    answer(&pace, tickets[2...], .throttled(retryAfter: nil), at: .zero)
    #expect(pace.permission(for: .get, at: .zero) == .at(.seconds(7)))
  }

  /// Nor is it believed for longer than an hour, or than five minutes of a server that is merely unavailable.
  @Test(arguments: [
    (PaceAnswer.Kind.throttled(retryAfter: .seconds(100_000)), 3600),
    (.unavailable(retryAfter: .seconds(100_000)), 300), (.throttled(retryAfter: .seconds(90)), 90),
  ])
  func aLongPauseIsNotWaitedFor(answered: PaceAnswer.Kind, seconds: Int) {
    var pace = Pace(OriginLimits(concurrency: 4))
    let end = Duration.seconds(seconds)
    answer(&pace, start(&pace, at: .zero), answered, at: .zero)
    #expect(
      pace.permission(for: .get, at: .seconds(10)) == .refused(until: end, reason: "the server asks to wait"))
    #expect(pace.permission(for: .get, at: end - .seconds(60)) == .at(end))
    #expect(pace.permission(for: .get, at: end) == .now)
  }

  @Test func withoutRetryAfterPausesGrowUntilSomethingIsAccepted() {
    var pace = Pace(OriginLimits(concurrency: 1))
    var (now, pauses): (Duration, [Duration]) = (.zero, [])
    for _ in 0..<7 {
      answer(&pace, start(&pace, at: now), .throttled(retryAfter: .zero), at: now)
      guard case .at(let end) = pace.permission(for: .get, at: now) else { break }
      pauses.append(end - now)
      now = end
    }
    #expect(pauses == [250, 500, 1000, 2000, 4000, 8000, 15000].map { .milliseconds($0) })
    // From here on nobody waits, and one question follows each pause.
    for _ in 0..<100 {
      answer(&pace, start(&pace, at: now), .throttled(retryAfter: nil), at: now)
      #expect(
        pace.permission(for: .get, at: now)
          == .refused(
            until: now + .seconds(15),
            reason: "the server limits requests (429), and has refused every one of late"))
      now += .seconds(15)
    }
    answer(&pace, start(&pace, at: now), .accepted, at: now)
    now += .seconds(1)
    answer(&pace, start(&pace, at: now), .throttled(retryAfter: nil), at: now)
    #expect(pace.permission(for: .get, at: now) == .at(now + .milliseconds(250)))
  }
}
