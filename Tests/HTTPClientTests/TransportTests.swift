import HTTPClient
import Testing
import TestSupport

@Suite struct TransportTests {
  let transport: Transport

  init() throws { transport = try Transport(concurrency: 2, userAgent: "tagkeeper/test") }

  @Test func sendsMethodTargetHeadersAndBody() async throws {
    let server = try ScriptedServer(replies: Array(repeating: .response(201), count: 5))
    let accept = HTTPRequest.Header("Accept", "text/plain")
    for method in [HTTPRequest.Method.get, .head, .delete] {
      _ = try await transport.send(HTTPRequest(method, server.url + "/a?b=c", headers: [accept]))
    }
    for method in [HTTPRequest.Method.put, .post] {
      _ = try await transport.send(HTTPRequest(method, server.url + "/", body: Array("manifest".utf8)))
    }
    let requests = server.requests
    #expect(requests.map(\.method) == ["GET", "HEAD", "DELETE", "PUT", "POST"])
    #expect(requests[0].target == "/a?b=c")
    #expect(requests[..<3].allSatisfy { $0.header("accept") == "text/plain" && $0.body.isEmpty })
    #expect(requests.allSatisfy { $0.header("User-Agent") == "tagkeeper/test" })
    for request in requests[3...] {
      #expect(request.body == Array("manifest".utf8))
      #expect(request.header("Expect") == nil && request.header("Content-Type") == nil)
    }
    // A DELETE is sent on a new connection: libcurl would send it twice where a used one is cut.
    #expect(server.connectionCount == 2)
  }

  @Test func bodiesOfAnySizeArriveWhole() async throws {
    let server = try ScriptedServer { .answer(status: 200, headers: [], body: $0.body) }
    for size in [0, 1, 3 << 20] {
      let body = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
      let response = try await transport.send(HTTPRequest(.put, server.url + "/", body: body))
      #expect(response.body == body)
    }
    #expect(server.requests.allSatisfy { $0.header("Expect") == nil })
  }

  @Test func anEarlierRequestLeavesNothingInTheNext() async throws {
    let server = try ScriptedServer(replies: Array(repeating: .response(200, body: "x"), count: 5))
    let secret = HTTPRequest.Header("Authorization", basicField("bot", testSecret()))
    _ = try await transport.send(HTTPRequest(.put, server.url + "/1", headers: [secret], body: [1]))
    _ = try await transport.send(HTTPRequest(.head, server.url + "/2"))
    let response = try await transport.send(HTTPRequest(.get, server.url + "/3"))
    #expect(response.body == [UInt8(ascii: "x")])
    _ = try await transport.send(HTTPRequest(.get, server.url + "/4", headers: [secret]))
    _ = try await transport.send(HTTPRequest(.get, server.url + "/5"))
    let requests = server.requests
    #expect(requests.map(\.method) == ["PUT", "HEAD", "GET", "GET", "GET"])
    #expect(requests[3].header("Authorization") == basicField("bot", testSecret()))
    #expect(
      [requests[1], requests[2], requests[4]].allSatisfy {
        $0.header("Authorization") == nil && $0.body.isEmpty
      })
  }

  @Test func headersAreOfTheLastAnswerAndMatchInAnyCase() async throws {
    let server = try ScriptedServer(replies: [
      .raw(
        "HTTP/1.1 100 Continue\r\nX: early\r\n\r\nHTTP/1.1 204 No Content\r\nDocker-Content-Digest:  a \r\nLink:b\r\nlink: c\r\n\r\n"
      )
    ])
    let response = try await transport.send(HTTPRequest(.put, server.url + "/", body: []))
    #expect(response.status == 204)
    #expect(response.headers["docker-content-digest"] == "a")
    #expect(response.headers.values("LINK") == ["b", "c"])
    #expect(response.headers["x"] == nil && response.headers["Dock"] == nil)
  }

  @Test func aHandleThatSentABodySendsTheNextOne() async throws {
    let server = try ScriptedServer { .answer(status: 200, headers: [], body: $0.body) }
    for body in ["first", "second, which is longer", "", "3"].map({ Array($0.utf8) }) {
      let response = try await transport.send(HTTPRequest(.put, server.url + "/", body: body))
      #expect(response.body == body)
    }
    _ = try await transport.send(HTTPRequest(.post, server.url + "/"))
    #expect(server.requests.map { $0.header("Content-Length") } == ["5", "23", "0", "1", "0"])
  }

  @Test func aConnectionThatTheServerClosedIsReplaced() async throws {
    let body = Array("whole".utf8)
    let server = try ScriptedServer { _ in .truncated(status: 201, headers: [], body: body, bytes: 5) }
    for _ in 0..<10 {
      let response = try await transport.send(HTTPRequest(.put, server.url + "/", body: body))
      #expect(response.body == body)
    }
    #expect(server.connectionCount == 10 && server.requests.count == 10)
  }

  @Test func atMostSoManyAreInFlightAndTheRestStartInOrder() async throws {
    let gate = Gate()
    let server = try ScriptedServer { _ in .held(gate, then: .response(200)) }
    let transport = transport
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 1...6 {
        // Queued one after the other: each is on its way before the next one starts.
        let queued = AsyncStream<Void>.makeStream()
        group.addTask(executorPreference: transport.taskExecutor) {
          queued.continuation.finish()
          _ = try await transport.send(
            HTTPRequest(.get, "\(server.url)/\(number)", timeouts: .patient))
        }
        for await _ in queued.stream {}
      }
      await server.waitForRequests(2)
      #expect(server.requests.count == 2)
      gate.open()
      try await group.waitForAll()
    }
    #expect(Set(server.requests[..<2].map(\.target)) == ["/1", "/2"])
    #expect(Set(server.requests[2..<4].map(\.target)).isSubset(of: ["/3", "/4", "/5"]))
    #expect(server.connectionCount == 2)
  }

  @Test func theLimitIsPerOrigin() async throws {
    let gate = Gate()
    let busy = try ScriptedServer { _ in .held(gate, then: .response(200)) }
    let other = try ScriptedServer(replies: [.response(200)])
    let transport = transport
    try await withThrowingTaskGroup(of: Void.self) { group in
      let held = HTTPRequest(.get, busy.url + "/", timeouts: .patient)
      for _ in 0..<4 { group.addTask { _ = try await transport.send(held) } }
      await busy.waitForRequests(2)
      let response = try await transport.send(HTTPRequest(.get, other.url + "/"))
      #expect(response.status == 200)
      gate.open()
      try await group.waitForAll()
    }
    #expect(busy.requests.count == 4)
  }

  @Test(.timeLimit(.minutes(10))) func itsThreadEndsWithIt() async throws {
    let server = try ScriptedServer(replies: [.response(200)])
    // The thread keeps its executor alive until it ends.
    weak var executor: (any TaskExecutor)?
    do {
      let short = try Transport(userAgent: "tagkeeper/test")
      executor = short.taskExecutor
      _ = try await short.send(HTTPRequest(.get, server.url + "/"))
    }
    while executor != nil { await Task.yield() }
  }

  @Test func aPreferredExecutorOutlivesItsTransport() async throws {
    let executor = try Transport(userAgent: "tagkeeper/test").taskExecutor
    let value = await withTaskExecutorPreference(executor) { () async -> Int in
      await Task.yield()
      return 1
    }
    #expect(value == 1)
  }
}
