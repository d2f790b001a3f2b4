import HTTPClient
import Testing
import TestSupport

@Suite struct FaultTests {
  let transport: Transport

  init() throws { transport = try Transport(concurrency: 2, userAgent: "tagkeeper/test") }

  @Test func statusesAreAnswersNotErrors() async throws {
    let server = try ScriptedServer(replies: [
      .response(429, [("Retry-After", "7")]),
      .response(503, [("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT")]),
    ])
    let first = try await transport.send(HTTPRequest(.get, server.url + "/"))
    #expect(first.status == 429 && first.headers["retry-after"] == "7")
    let second = try await transport.send(HTTPRequest(.get, server.url + "/"))
    #expect(second.status == 503 && second.headers["retry-after"] == "Sun, 06 Nov 1994 08:49:37 GMT")
  }

  @Test func aReset() async throws {
    let server = try ScriptedServer(replies: [.reset])
    let error = await transport.error(HTTPRequest(.get, server.url + "/v2/?token=\(testSecret())"))
    #expect(error?.code == .reset)
    #expect(
      error?.description == "GET 127.0.0.1:\(server.port)/v2/: the connection was cut: \(error!.message)")
  }

  @Test func aBodyCutShort() async throws {
    let server = try ScriptedServer(replies: [
      .truncated(status: 200, headers: [], body: Array("manifest".utf8), bytes: 3)
    ])
    #expect(await transport.error(HTTPRequest(.get, server.url + "/"))?.code == .truncated)
  }

  @Test func aBodyAboveTheLimit() async throws {
    let server = try ScriptedServer(replies: [
      .response(200, body: "12345678"), .response(200, body: "123456789"),
    ])
    let request = HTTPRequest(.get, server.url + "/m", maximumBodySize: 8)
    #expect(try await transport.send(request).body.count == 8)
    #expect(
      await transport.error(request)?.description.hasPrefix(
        "GET 127.0.0.1:\(server.port)/m: the answer has more than 8 bytes") == true)
  }

  @Test func headersAboveTheLimit() async throws {
    let line = "X: " + String(repeating: "x", count: 90_000) + "\r\n"
    let server = try ScriptedServer(replies: [.raw("HTTP/1.1 200 OK\r\n\(line)\(line)\(line)\r\n")])
    #expect(await transport.error(HTTPRequest(.get, server.url + "/"))?.code == .headersTooLarge)
  }

  @Test func nobodyListens() async throws {
    let port = try ClosedPort()
    #expect(await transport.error(HTTPRequest(.get, port.url + "/"))?.code == .connect)
  }

  @Test func aNameWithoutAddress() async {
    let error = await transport.error(HTTPRequest(.get, "http://user:pass@registry.invalid/v2/"))
    #expect(error?.code == .resolve)
    #expect(error?.description.contains("pass") == false && error?.isBeforeSending == true)
  }

  @Test func plainTextWhereTLSWasExpected() async throws {
    let server = try ScriptedServer(replies: [])
    let error = await transport.error(HTTPRequest(.get, "https://127.0.0.1:\(server.port)/"))
    #expect(error?.code == .tls)
    #expect(error?.isBeforeSending == true)
  }

  @Test(arguments: [
    (HTTPTimeouts(total: .milliseconds(50)), HTTPError.Phase.total),
    (HTTPTimeouts(idle: .seconds(1), total: .seconds(60)), .idle),
  ])
  func aStall(timeouts: HTTPTimeouts, phase: HTTPError.Phase) async throws {
    let server = try ScriptedServer(replies: [.stall])
    let error = await transport.error(HTTPRequest(.put, server.url + "/", body: [1], timeouts: timeouts))
    #expect(error?.code == .timeout(phase))
    #expect(error?.isBeforeSending == false)
  }

  @Test func waitingInTheQueueIsNotATimeout() async throws {
    let gate = Gate()
    let server = try ScriptedServer {
      $0.target == "/held" ? .held(gate, then: .response(200)) : .response(204)
    }
    let transport = try Transport(concurrency: 1, userAgent: "tagkeeper/test")
    let held = Task { try await transport.send(HTTPRequest(.get, server.url + "/held", timeouts: .patient)) }
    await server.waitForRequests(1)
    let short = HTTPTimeouts(total: .milliseconds(300))
    let queued = Task { try await transport.send(HTTPRequest(.get, server.url + "/", timeouts: short)) }
    // Longer in the queue than its total timeout, by another request's.
    let stalled = try ScriptedServer(replies: [.stall])
    let probe = HTTPRequest(.get, stalled.url + "/", timeouts: HTTPTimeouts(total: .milliseconds(400)))
    await #expect(throws: HTTPError.self) { try await transport.send(probe) }
    gate.open()
    #expect(try await held.value.status == 200)
    #expect(try await queued.value.status == 204)
  }

  @Test(arguments: ["ftp://127.0.0.1/", "registry", "", "file:///etc/passwd"])
  func otherURLs(url: String) async {
    #expect(await transport.error(HTTPRequest(.get, url))?.code == .invalidRequest)
  }

  @Test func aHeaderWithALineBreak() async throws {
    let server = try ScriptedServer(replies: [.response(200)])
    let header = HTTPRequest.Header("Authorization", "a\r\nX-Injected: \(testSecret())")
    let error = await transport.error(HTTPRequest(.get, server.url + "/", headers: [header]))
    #expect(error?.code == .invalidRequest)
    #expect(error?.description.contains(Secrets.marker) == false)
    #expect(try await transport.send(HTTPRequest(.get, server.url + "/")).status == 200)
  }
}
