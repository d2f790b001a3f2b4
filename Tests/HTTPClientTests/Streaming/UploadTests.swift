import TestSupport
import Testing

@testable import HTTPClient

@Suite(.timeLimit(.minutes(10))) struct UploadTests {
  let transport: Transport

  init() throws { transport = try Transport(concurrency: 1, userAgent: "tagkeeper/test") }

  private static func source(_ size: Int, piece: Int = 200_000) -> ScriptedSource {
    ScriptedSource { number in
      let offset = number * piece
      return offset < size ? pattern(min(piece, size - offset), at: offset) : nil
    }
  }

  private struct SourceFailed: Error {}

  @Test(arguments: [true, false], [0, 1, 700_000, (3 << 20) + 7])
  func aBodyOfAnySizeArrivesWhole(isSized: Bool, size: Int) async throws {
    let server = try ScriptedServer { _ in .response(202, [("Location", "/next")], body: "taken") }
    let type = HTTPRequest.Header("Content-Type", "application/octet-stream")
    let response = try await transport.upload(
      HTTPRequest(.patch, server.url + "/upload", headers: [type]), from: Self.source(size),
      size: isSized ? size : nil)
    #expect(response.status == 202 && response.headers["Location"] == "/next")
    #expect(response.body == Array("taken".utf8))
    let request = server.requests[0]
    #expect(request.method == "PATCH" && request.target == "/upload")
    let isWhole = request.body == pattern(size)
    #expect(isWhole)
    #expect(request.header("Content-Type") == "application/octet-stream")
    #expect(request.header("Content-Length") == (isSized ? "\(size)" : nil))
    #expect(request.header("Transfer-Encoding") == (isSized ? nil : "chunked"))
    #expect((request.header("Expect") != nil) == (!isSized || size > 1 << 20))
  }

  @Test func aRefusalComesBeforeTheSourceIsAsked() async throws {
    let server = try ScriptedServer(handlingBodies: { _ in
      .reply(.response(413, [("Connection", "close")], body: "too large"))
    }) { _ in .response(500) }
    let source = Self.source(16 << 20)
    let response = try await transport.upload(
      HTTPRequest(.patch, server.url + "/"), from: source, size: 16 << 20)
    #expect(response.status == 413 && response.body == Array("too large".utf8))
    #expect(source.asked == 0)
  }

  @Test(arguments: [401, 413, 500])
  func aRefusalInMidBodyEndsIt(status: Int) async throws {
    let gate = Gate()
    let server = try ScriptedServer(handlingBodies: { _ in
      .reply(.held(gate, then: .response(status, [("Connection", "close")], body: "no")))
    }) { _ in .response(500) }
    let source = ScriptedSource { number in
      if number == 0 { return [1] }
      gate.open()
      try await waitForCancellation()
    }
    let response = try await transport.upload(HTTPRequest(.put, server.url + "/"), from: source, size: 1000)
    #expect(response.status == status && response.body == Array("no".utf8))
  }

  @Test func theSourcesErrorIsTheCallers() async throws {
    let server = try ScriptedServer { _ in .response(202) }
    for _ in 0...Transport.streams {
      let source = ScriptedSource { number in
        if number == 2 { throw SourceFailed() }
        return pattern(100_000)
      }
      await #expect(throws: SourceFailed.self) {
        try await transport.upload(HTTPRequest(.patch, server.url + "/"), from: source, size: 500_000)
      }
    }
    #expect(server.requests.isEmpty)
  }

  /// Such as that what it brought has another digest than it should.
  @Test(arguments: [4, nil])
  func whatTheSourceFindsAtItsEndIsNotSentWhole(size: Int?) async throws {
    let server = try ScriptedServer { _ in .response(202) }
    let source = ScriptedSource { number in
      if number == 2 { throw SourceFailed() }
      return [1, 2]
    }
    await #expect(throws: SourceFailed.self) {
      try await transport.upload(HTTPRequest(.patch, server.url + "/"), from: source, size: size)
    }
    #expect(server.requests.isEmpty)
  }

  @Test(arguments: [(1, "goes on"), (2, "goes on"), (5, "ended after 4")])
  func aBodyOfAnotherSizeIsNotSent(declared: Int, told: String) async throws {
    let server = try ScriptedServer { _ in .response(202) }
    let error = await #expect(throws: HTTPError.self) {
      try await transport.upload(
        HTTPRequest(.patch, server.url + "/u?state=\(testSecret())"),
        from: ScriptedSource([[1, 2], [3, 4]]),
        size: declared)
    }
    #expect(
      error?.description
        == "PATCH 127.0.0.1:\(server.port)/u: the request's body has not the \(declared) bytes that it should: "
        + "it \(told)"
    )
    #expect(server.requests.isEmpty && error?.isBeforeSending == true)
  }

  @Test func aServerThatKnowsNoExpectationGetsItsBody() async throws {
    let refusing = try ScriptedServer(handlingBodies: {
      $0.header("Expect") == nil ? .read : .reply(.response(417, [("Connection", "close")]))
    }) { _ in .response(202) }
    let silent = try ScriptedServer(handlingBodies: { _ in .readUnasked }) { _ in .response(202) }
    for server in [refusing, silent] {
      let source = Self.source(2 << 20)
      let response = try await transport.upload(
        HTTPRequest(.patch, server.url + "/"), from: source, size: 2 << 20)
      #expect(response.status == 202)
      let isWhole = server.requests.last?.body == pattern(2 << 20)
      #expect(isWhole)
    }
  }

  @Test func noRedirectIsFollowed() async throws {
    let server = try ScriptedServer { _ in .response(307, [("Location", "/2")]) }
    let request = HTTPRequest(.patch, server.url + "/1", followsRedirects: true)
    #expect(try await transport.upload(request, from: ScriptedSource([[1]]), size: 1).status == 307)
    #expect(server.requests.map(\.target) == ["/1"])
  }

  @Test func aSlowSourceIsNoTimeoutAndASilentServerIs() async throws {
    let server = try ScriptedServer { _ in .response(202) }
    let stalled = try ScriptedServer { _ in .stall }
    let stalledURL = stalled.url
    let timeouts = HTTPTimeouts(idle: .seconds(1), total: .milliseconds(100))
    let transport = transport
    let source = ScriptedSource { number in
      guard number == 1 else { return number == 0 ? [1] : nil }
      // As long as another request's timeout.
      let probe = HTTPRequest(.get, stalledURL + "/", timeouts: HTTPTimeouts(total: .seconds(4)))
      await #expect(throws: HTTPError.self) { try await transport.send(probe) }
      return [2]
    }
    let slow = HTTPRequest(.patch, server.url + "/", timeouts: timeouts)
    #expect(try await transport.upload(slow, from: source, size: 2).status == 202)
    #expect(server.requests[0].body == [1, 2])
    let silent = HTTPRequest(.patch, stalledURL + "/", timeouts: timeouts)
    let error = await #expect(throws: HTTPError.self) {
      try await transport.upload(silent, from: ScriptedSource([[1]]), size: 1)
    }
    #expect(error?.code == .timeout(.idle) && error?.isBeforeSending == false)
  }

  @Test func connectionsThatTheServerClosedAreReplaced() async throws {
    let server = try ScriptedServer { _ in
      .truncated(status: 202, headers: [], body: Array("whole".utf8), bytes: 5)
    }
    for _ in 0..<10 {
      let request = HTTPRequest(.patch, server.url + "/")
      #expect(try await transport.upload(request, from: Self.source(300_000), size: 300_000).status == 202)
    }
    #expect(server.requests.allSatisfy { $0.body.count == 300_000 } && server.connectionCount == 10)
  }

  /// Whatever is cancelled when: every upload ends, and none takes a place for good.
  @Test func cancellationAtAnyTimeLosesNothing() async throws {
    let server = try ScriptedServer(handlingBodies: { _ in .count }) { _ in .response(202) }
    var random = SystemRandomNumberGenerator()
    for _ in 0..<10 {
      let tasks = (0..<12).map { _ in
        Task {
          try await transport.upload(
            HTTPRequest(.patch, server.url + "/"), from: Self.source(900_000), size: 900_000)
        }
      }
      for _ in 0..<Int.random(in: 0..<200, using: &random) { await Task.yield() }
      for task in tasks where Bool.random(using: &random) { task.cancel() }
      for task in tasks {
        do {
          #expect(try await task.value.status == 202)
        } catch {
          #expect((error as? HTTPError)?.code == .cancelled || error is CancellationError, "\(error)")
        }
      }
    }
    #expect(
      try await transport.upload(HTTPRequest(.put, server.url + "/"), from: ScriptedSource([[1]]), size: nil)
        .status
        == 202)
  }
}
