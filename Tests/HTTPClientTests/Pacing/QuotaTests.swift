import Testing

@testable import HTTPClient

@Suite struct QuotaTests {
  @Test func whatIsInFlightIsSpent() {
    var quota = QuotaSpending()
    for _ in 0..<2 { quota.started(.get, at: .zero) }
    let notice = QuotaNotice(remaining: 11, limit: 100, window: .seconds(1000))
    quota.ended(.get, counted: true, notice, at: .seconds(1))
    #expect(quota.turn(of: .get, at: .seconds(1)) == .seconds(10))
    quota.started(.get, at: .seconds(10))
    quota.ended(.get, counted: true, QuotaNotice(remaining: 0, limit: 100), at: .seconds(10))
    #expect(quota.text == "0 of 100 requests are left")
  }

  @Test func whatStartsIsSpent() {
    var quota = QuotaSpending()
    let notice = QuotaNotice(remaining: 12, limit: 100, window: .seconds(1000))
    quota.ended(.head, counted: false, notice, at: .zero)
    for _ in 0..<2 {
      #expect(quota.turn(of: .get, at: .zero) == .zero)
      quota.started(.get, at: .zero)
    }
    #expect(quota.turn(of: .get, at: .zero) == .seconds(10))
  }

  @Test func aNoticeCountsUntilItsWindowHasPassed() {
    var quota = QuotaSpending()
    quota.started(.get, at: .zero)
    quota.ended(
      .get, counted: true, QuotaNotice(remaining: 0, limit: 100, reset: .seconds(10)), at: .zero)
    #expect(quota.turn(of: .get, at: .seconds(5)) == .seconds(10))
    #expect(quota.turn(of: .get, at: .seconds(11)) == .seconds(11))
  }

  @Test func theLastOfASmallQuotaIsNotForUs() {
    var quota = QuotaSpending()
    quota.started(.get, at: .zero)
    quota.ended(
      .get, counted: true, QuotaNotice(remaining: 1, limit: 5, window: .seconds(1000)), at: .zero)
    #expect(quota.turn(of: .get, at: .seconds(1)) == .seconds(200))
  }

  /// Of `falls` that are true what was left had fallen with the answer.
  @Test(arguments: [
    ([true, true, true], false), ([true, true, true, true], true), ([true, true, false, false], false),
    ([true, true, true, false, false], true),
  ])
  func aMethodCountsWhereWhatIsLeftMostlyFell(falls: [Bool], counts: Bool) {
    var quota = QuotaSpending()
    var remaining = 50
    for falls in [false] + falls {
      if falls { remaining -= 1 }
      quota.started(.head, at: .zero)
      quota.ended(.head, counted: false, QuotaNotice(remaining: remaining, limit: 100), at: .zero)
    }
    #expect(quota.counts(.head) == counts)
  }

  @Test(arguments: [false, true])
  func aFallThatARequestThatCountsMayHaveCausedIsNoEvidence(hasEnded: Bool) {
    var quota = QuotaSpending()
    if !hasEnded { quota.started(.get, at: .zero) }
    for remaining in stride(from: 98, to: 0, by: -2) {
      if hasEnded {
        quota.started(.get, at: .zero)
        quota.ended(.get, counted: true, nil, at: .zero)
      }
      quota.started(.head, at: .zero)
      quota.ended(.head, counted: false, QuotaNotice(remaining: remaining, limit: 100), at: .zero)
      #expect(!quota.counts(.head))
    }
  }

  private func headers(_ lines: [String]) -> HTTPHeaders {
    HTTPHeaders(Array(lines.map { $0 + "\r\n" }.joined().utf8))
  }

  /// The fields as each of them documents them.
  @Test(arguments: [
    // Docker Hub
    (
      ["ratelimit-limit: 100;w=21600", "ratelimit-remaining: 76;w=21600"],
      QuotaNotice(remaining: 76, limit: 100, window: .seconds(21600))
    ),
    // GitLab
    (
      [
        "Date: Wed, 17 Jul 2019 00:57:57 GMT", "RateLimit-Limit: 600", "RateLimit-Observed: 6",
        "RateLimit-Remaining: 594", "RateLimit-Reset: 1563325137",
      ], QuotaNotice(remaining: 594, limit: 600, reset: .seconds(60))
    ),
    // GitHub
    (
      ["X-RateLimit-Limit: 60", "X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 1700000030"],
      QuotaNotice(remaining: 0, limit: 60, reset: .seconds(30))
    ),
    // draft-ietf-httpapi-ratelimit-headers-06, -07 and -08
    (
      ["RateLimit-Limit: 10, 10;w=1, 50;w=60", "RateLimit-Remaining: 9", "RateLimit-Reset: 1"],
      QuotaNotice(remaining: 9, limit: 10, window: .seconds(1), reset: .seconds(1))
    ),
    (
      ["RateLimit: remaining=50, reset=5", "RateLimit-Policy: 100;w=60"],
      QuotaNotice(remaining: 50, limit: 100, window: .seconds(60), reset: .seconds(5))
    ),
    (
      ["RateLimit: limit=100, remaining=50, reset=5"],
      QuotaNotice(remaining: 50, limit: 100, reset: .seconds(5))
    ),
    (
      [#"RateLimit-Policy: "burst";q=100;w=60,"daily";q=1000;w=86400"#, #"RateLimit: "burst";r=50;t=30"#],
      QuotaNotice(remaining: 50, limit: 100, window: .seconds(60), reset: .seconds(30))
    ),
    // Of a hostile server, or of one with a broken clock
    (
      [
        "Date: Sat, 01 Jan 0000 00:00:00 GMT", "RateLimit-Limit: 600", "RateLimit-Remaining: 594",
        "RateLimit-Reset: 9223372036854775807",
      ], QuotaNotice(remaining: 594, limit: 600, reset: .seconds(86_400))
    ),
    (
      ["RateLimit-Limit: 600", "RateLimit-Remaining: 594", "RateLimit-Reset: -9223372036854775808"],
      QuotaNotice(remaining: 594, limit: 600, reset: .zero)
    ),
    (
      ["ratelimit-limit: 100;w=2592000", "ratelimit-remaining: 76;w=2592000"],
      QuotaNotice(remaining: 76, limit: 100, window: .seconds(86_400))
    ),
    (["RateLimit-Limit: 100"], nil), (["RateLimit-Remaining: many"], nil), (["RateLimit: x"], nil),
    (["RateLimit-Remaining: -1"], nil), (["RateLimit-Remaining: 99999999999999999999"], nil),
  ]) func fields(lines: [String], notice: QuotaNotice?) {
    #expect(QuotaNotice(headers(lines), wall: 1_700_000_000) == notice)
  }

  @Test(arguments: [
    ("ratelimit-limit: 1", true), ("X-RateLimit-Limit: 1", true), ("RateLimit: 1", true),
    ("Retry-After: 1", false),
    ("X-R", false), ("r", false), ("", false), ("X", false), ("Content-Length: 3", false),
  ]) func aQuickLookFindsThem(line: String, mayBegin: Bool) {
    let found = Array(line.utf8).withUnsafeBufferPointer(QuotaNotice.mayBegin)
    #expect(found == mayBegin)
  }

  /// A pace of a host whose quota counts `GET`s alone: what is left falls with those.
  private struct DockerHub {
    var pace = Pace(OriginLimits(concurrency: 1))
    var left = 100
    var now: Duration = .zero
    var countsHEAD = false

    /// Nil where the request was let through.
    mutating func ask(_ method: HTTPRequest.Method) -> Pace.Permission? {
      let permission = pace.permission(for: method, at: now)
      guard permission == .now else { return permission }
      let ticket = pace.started(method, at: now)
      if method == .get || countsHEAD { left -= 1 }
      let notice = QuotaNotice(remaining: left, limit: 100, window: .seconds(21600))
      now += .milliseconds(20)
      pace.ended(ticket, PaceAnswer(.accepted, quota: notice), at: now, random: 0)
      return nil
    }
  }

  @Test func theLastTenthOfAQuotaIsSpentAsFastAsItComesBackAndHEADsGoOn() {
    var hub = DockerHub()
    for _ in 0..<90 { #expect(hub.ask(.get) == nil) }
    let last = hub.now - .milliseconds(20)
    #expect(
      hub.ask(.get)
        == .refused(
          until: last + .seconds(216), reason: "its quota is nearly used up, 10 of 100 requests are left"))
    for _ in 0..<1000 { #expect(hub.ask(.head) == nil && hub.ask(.put) == nil) }
    hub.now = last + .seconds(216)
    #expect(hub.ask(.get) == nil)
    #expect(hub.ask(.get) != nil)
    // The window slid: a HEAD's answer says so.
    hub.left = 60
    #expect(hub.ask(.head) == nil)
    #expect(hub.ask(.get) == nil)
  }

  @Test func whatCountsIsNoticed() {
    var hub = DockerHub(left: 30, countsHEAD: true)
    for _ in 0..<20 { #expect(hub.ask(.head) == nil) }
    guard case .refused = hub.ask(.head) else {
      Issue.record("HEADs count there")
      return
    }
    // An old notice is good for no longer than its window.
    hub.now += .seconds(21601)
    #expect(hub.ask(.head) == nil)
  }

  @Test func whatIsLeftOfAFixedWindowIsSpreadOverIt() {
    var pace = Pace(OriginLimits(concurrency: 4))
    let first = pace.started(.get, at: .zero)
    let notice = QuotaNotice(remaining: 9, limit: 100, reset: .seconds(60))
    pace.ended(first, PaceAnswer(.accepted, quota: notice), at: .zero, random: 0)
    #expect(pace.permission(for: .get, at: .zero) == .at(.seconds(6)))
    let last = pace.started(.get, at: .seconds(6))
    let nothing = QuotaNotice(remaining: 0, limit: 100, reset: .seconds(54))
    pace.ended(last, PaceAnswer(.accepted, quota: nothing), at: .seconds(6), random: 0)
    #expect(
      pace.permission(for: .get, at: .seconds(7))
        == .refused(until: .seconds(60), reason: "its quota is nearly used up, 0 of 100 requests are left"))
    #expect(pace.permission(for: .get, at: .seconds(55)) == .at(.seconds(60)))
    #expect(pace.permission(for: .get, at: .seconds(60)) == .now)
  }

  /// One answer of a proxy must not silence a registry for a day.
  @Test(arguments: [
    QuotaNotice(remaining: 0, limit: 100, reset: .seconds(86_400)),
    QuotaNotice(remaining: 1, limit: 100, reset: .seconds(86_400)),
    QuotaNotice(remaining: 0, limit: 1, window: .seconds(86_400)),
  ])
  func whatIsUsedUpIsAskedForWithinTheHour(_ notice: QuotaNotice) {
    var pace = Pace(OriginLimits(concurrency: 4))
    var now = Duration.zero
    for _ in 0..<3 {
      let ticket = pace.started(.get, at: now)
      pace.ended(ticket, PaceAnswer(.accepted, quota: notice), at: now, random: 0)
      now += .seconds(3599)
      #expect(pace.permission(for: .get, at: now) == .at(now + .seconds(1)))
      now += .seconds(1)
      #expect(pace.permission(for: .get, at: now) == .now)
    }
    // A question that got no answer was one, too.
    pace.ended(pace.started(.get, at: now), PaceAnswer(.silent), at: now, random: 0)
    #expect(pace.permission(for: .get, at: now + .seconds(3599)) == .at(now + .seconds(3600)))
  }
}
