import LinuxSystem
import TestSupport
import Testing

@testable import StatusServer

@Suite(.timeLimit(.minutes(10))) struct ServerLimitsTests {
  private static let routes = [
    Route(.get, "/") { _ in .text(200, "here") },
    Route(.post, "/") { .text(200, "\($0.body.count) bytes") },
  ]
  private static let chunkedHead =
    "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"

  @Test func aBodyThatIsTooLargeIsRefusedBeforeItIsSent() async throws {
    let server = try HTTPServerUnderTest(Self.routes)
    let client = try await RawClient(port: server.port)
    defer { client.close() }
    await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n")
    let reply = await client.readToEnd()
    #expect(reply.status == 413 && reply.header("Connection")?.lowercased() == "close")
  }

  @Test func aBodyOfTheLimitIsTaken() async throws {
    let server = try HTTPServerUnderTest(Self.routes)
    let reply = try await ask(server, "POST /", body: String(repeating: "a", count: 1 << 20))
    #expect(reply.body == "1048576 bytes\n")
  }

  @Test func aBodyThatGrowsTooLargeIsRefusedAtItsEndAndAnEndlessOneIsCut() async throws {
    let server = try HTTPServerUnderTest(Self.routes) { $0.body = 10 }
    let client = try await RawClient(port: server.port)
    defer { client.close() }
    await client.send(Self.chunkedHead + "b\r\n01234567890\r\n0\r\n\r\n")
    #expect(await client.readToEnd().status == 413)
    let other = try await RawClient(port: server.port)
    defer { other.close() }
    await other.send(Self.chunkedHead + "15\r\n012345678901234567890\r\n")
    let cut = await other.readToEnd()
    #expect(cut.isClosed && cut.text == "")
  }

  @Test func allBodiesTogetherHaveALimitThatIsGivenBack() async throws {
    let server = try HTTPServerUnderTest(Self.routes) { $0.bodies = 10 }
    let first = try await RawClient(port: server.port)
    await first.send(Self.chunkedHead + "6\r\n012345\r\n")
    // One thread serves all, in turns: its bytes are kept in the turn of the first of these at the latest.
    for _ in 1...2 { #expect(try await ask(server, "GET /").status == 200) }
    let busy = try await ask(server, "POST /", body: "012345")
    #expect(busy.status == 503 && busy.header("Retry-After") == "1")
    #expect(try await ask(server, "POST /", body: "0123").status == 200)
    first.close()
    var status = 0
    while status != 200 { status = try await ask(server, "POST /", body: "012345").status }
  }

  /// A proxy before the server must not see another end of a request than the server does (RFC 9112, 6.3).
  @Test(arguments: [
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 0\r\n\r\nhello",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\nhello",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ])
  func aRequestWhoseEndIsNotClearIsRefusedAndNothingBehindItAnswered(_ request: String) async throws {
    let server = try HTTPServerUnderTest(Self.routes)
    let client = try await RawClient(port: server.port)
    defer { client.close() }
    await client.send(request + "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    let reply = await client.readToEnd()
    #expect(reply.status == 400 && reply.text.ranges(of: "HTTP/1.1 ").count == 1, "\(reply.text)")
  }

  @Test func headersAndAddressesThatAreTooLongAreRefused() async throws {
    let server = try HTTPServerUnderTest(Self.routes)
    let long = String(repeating: "a", count: 20_000)
    #expect(try await ask(server, "GET /", headers: ["X-Long: \(long)"]).status == 431)
    #expect(try await ask(server, "GET /?\(long)").status == 414)
  }

  /// One that sends a byte now and then, and one that sends nothing: both are closed, others are served meanwhile.
  @Test func slowClientsAreClosed() async throws {
    let server = try HTTPServerUnderTest(Self.routes)
    let (slow, silent) = (try await RawClient(port: server.port), try await RawClient(port: server.port))
    defer {
      slow.close()
      silent.close()
    }
    await slow.send("POST / HTTP/1.1\r\nHost: a\r\n")
    for _ in 1...9 {
      #expect(try await ask(server, "GET /").status == 200)
      server.time.advance(by: .seconds(1))
      #expect(await slow.send("X: a\r\n"))
    }
    server.time.advance(by: .seconds(1))
    for client in [slow, silent] {
      let reply = await client.readToEnd()
      #expect(reply.isClosed && reply.text == "")
    }
  }

  @Test func aBodyThatDripsIsCutAndAConnectionThatIsUsedStaysOpen() async throws {
    let server = try HTTPServerUnderTest(Self.routes)
    let (slow, busy) = (try await RawClient(port: server.port), try await RawClient(port: server.port))
    defer {
      slow.close()
      busy.close()
    }
    await slow.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
    for _ in 1...3 {
      await slow.send("x")
      await busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(await busy.read { $0.body.hasSuffix("\n") }.status == 200)
      server.time.advance(by: .seconds(4))
    }
    let reply = await slow.readToEnd()
    #expect(reply.isClosed && reply.text == "")
    await busy.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    #expect(await busy.readToEnd().status == 200)
  }

  @Test func connectionsBeyondTheLimitWaitForTheirTurn() async throws {
    let server = try HTTPServerUnderTest(Self.routes) { $0.connections = 2 }
    var clients: [RawClient] = []
    for _ in 1...3 { clients.append(try await RawClient(port: server.port)) }
    defer { for client in clients { client.close() } }
    await clients[2].send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    let first = clients[0]
    let isClosed = Task { await first.readToEnd().isClosed }
    let ticking = Task {
      while !Task.isCancelled {
        server.time.advance(by: .seconds(1))
        try await Task.sleep(for: .milliseconds(1))
      }
    }
    #expect(await isClosed.value)
    ticking.cancel()
    #expect(await clients[2].readToEnd().status == 200)
  }
}
