import TestSupport
import Testing

@testable import HTTPClient

/// The transport's part of it: waiting, waking up, refusing.
@Suite struct PacedTransportTests {
  private let time = SleepingClock()
  private let transport: Transport

  init() throws { transport = try Transport(concurrency: 4, userAgent: "tagkeeper/test", clock: time.clock) }

  @Test func idleCostsNothing() async throws {
    let server = try ScriptedServer { _ in .response(200) }
    for _ in 0..<100 { _ = try await transport.send(HTTPRequest(.get, server.url)) }
    #expect(time.sleeps.isEmpty)
  }

  @Test(arguments: [429, 503]) func aPauseIsWaitedForByTheWholeHostAndNoOther(status: Int) async throws {
    let server = try ScriptedServer(
      replies: [.response(status, [("Retry-After", "30")])] + Array(repeating: .response(200), count: 8))
    let other = try ScriptedServer { _ in .response(200) }
    #expect(try await transport.send(HTTPRequest(.get, server.url)).status == status)
    #expect(try await transport.send(HTTPRequest(.get, other.url)).status == 200)
    #expect(time.sleeps.isEmpty)
    let transport = transport
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<8 { group.addTask { try await transport.send(HTTPRequest(.put, server.url)).status } }
      for try await status in group { #expect(status == 200) }
    }
    #expect(time.now >= .seconds(30))
    #expect(time.sleeps.count { $0 == .seconds(30) } == 1)
  }

  @Test func aLongPauseIsNotWaitedForAndTheServerNotAsked() async throws {
    let server = try ScriptedServer(replies: [
      .response(429, [("Retry-After", "Sun, 06 Nov 1994 09:49:37 GMT")]), .response(200),
    ])
    #expect(try await transport.send(HTTPRequest(.get, server.url)).status == 429)
    let error = await transport.error(HTTPRequest(.put, server.url + "/v2/a?\(testSecret())", body: [1]))
    #expect(error?.code == .paused && error?.isBeforeSending == true)
    #expect(
      error?.description
        == "PUT 127.0.0.1:\(server.port)/v2/a: not sent: the server asks to wait; no such request is sent before "
        + "1994-11-06 09:49:37 UTC")
    #expect(server.requests.count == 1 && time.sleeps.isEmpty)
    time.now = .seconds(3600)
    #expect(try await transport.send(HTTPRequest(.get, server.url)).status == 200)
  }

  @Test func aRequestThatWaitsForAPauseIsCancelledAtOnce() async throws {
    let never = PaceClock(now: { .zero }, wall: { 0 }) { _ in
      // As long as the test.
      try? await Task.sleep(for: .seconds(3600))
    }
    let transport = try Transport(concurrency: 4, userAgent: "tagkeeper/test", clock: never)
    let server = try ScriptedServer { _ in .response(429, [("Retry-After", "30")]) }
    _ = try await transport.send(HTTPRequest(.get, server.url))
    let waiting = Task { try await transport.send(HTTPRequest(.get, server.url)) }
    waiting.cancel()
    await #expect(throws: HTTPError.self) { try await waiting.value }
    // And a stream gives back its place.
    let streams = (0...Transport.streams).map { _ in
      Task { try await transport.download(HTTPRequest(.get, server.url)) }
    }
    while await transport.waiting.count < streams.count { await Task.yield() }
    for stream in streams { stream.cancel() }
    for stream in streams { _ = await stream.result }
    #expect(await transport.streamQueues.isEmpty)
    #expect(server.requests.count == 1)
  }

  @Test func anOriginsOwnLimits() async throws {
    let server = try ScriptedServer { _ in .response(200) }
    let limits = [server.url + "/v2/": OriginLimits(concurrency: 4, requestsPerSecond: 2)]
    let transport = try Transport(limits: limits, userAgent: "tagkeeper/test", clock: time.clock)
    for _ in 0..<11 { _ = try await transport.send(HTTPRequest(.get, server.url + "/")) }
    // A little may be caught up with.
    #expect(time.now >= .milliseconds(4900) && time.now <= .seconds(5))
  }

  @Test func whatARedirectLedToSaysNothingOfTheRegistry() async throws {
    let store = try ScriptedServer { _ in .response(429, [("Retry-After", "3600")]) }
    let server = try ScriptedServer { _ in .response(307, [("Location", store.url + "/blob")]) }
    for _ in 0..<3 { #expect(try await transport.send(HTTPRequest(.get, server.url + "/v2/")).status == 429) }
    #expect(server.requests.count == 3)
  }

  @Test func noQuotaLocksAServerOutForAges() async throws {
    let fields = [
      ("X-RateLimit-Limit", "100"), ("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "\(Int.max)"),
      ("Date", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ]
    let server = try ScriptedServer(replies: [.response(200, fields), .response(200)])
    #expect(try await transport.send(HTTPRequest(.get, server.url)).status == 200)
    let error = await transport.error(HTTPRequest(.get, server.url))
    #expect(
      error?.description
        == "GET 127.0.0.1:\(server.port): not sent: its quota is nearly used up, 0 of 100 requests are left; no such "
        + "request is sent before 1994-11-06 09:49:37 UTC")
    time.now = .seconds(3600)
    #expect(try await transport.send(HTTPRequest(.get, server.url)).status == 200)
  }

  /// What an operator named is kept all the same, and what is under way.
  @Test func whatIsKnownOfIdleServersIsBounded() async throws {
    let named = "http://127.1.0.1:1"
    let transport = try Transport(limits: [named: OriginLimits()], userAgent: "tagkeeper/test")
    _ = await transport.error(HTTPRequest(.get, named + "/"))
    let busy = try ScriptedServer { _ in .stall }
    let longest = HTTPTimeouts(idle: .seconds(3600), total: .seconds(3600))
    let underWay = Task { try await transport.send(HTTPRequest(.get, busy.url, timeouts: longest)) }
    await busy.waitForRequests(1)
    // Nobody listens there: each is an origin of its own all the same, as realms of hostile challenges would be.
    for number in 0..<1500 {
      _ = await transport.error(HTTPRequest(.get, "http://127.0.\(number / 250).\(number % 250 + 1):1/"))
    }
    let known = await transport.queues.keys
    #expect(known.count <= Transport.mostIdleQueues && known.contains(named) && known.contains(busy.url))
    underWay.cancel()
    _ = await underWay.result
  }
}
