import LinuxSystem
import TestSupport
import Testing

@testable import StatusServer

@Suite(.timeLimit(.minutes(10))) struct HTTPServerTests {
  private static let routes = [
    Route(.get, "/hello") { request in
      .text(200, "hello \(request.query["name"] ?? "nobody") \(request.values(of: "x-thing"))")
    },
    Route(.post, "/echo") { Answer(200, headers: [("Cache-Control", "private")], body: $0.body) },
  ]

  @Test func aRouteGetsTheRequestAndItsAnswerIsSentWithTheCommonHeaders() async throws {
    let server = try HTTPServerUnderTest(Self.routes)
    let reply = try await ask(
      server, "GET /hello?name=a%20b", headers: ["X-Thing: one", "X-THING: two"])
    #expect(reply.status == 200 && reply.body == #"hello a b ["one", "two"]"# + "\n")
    #expect(reply.header("Content-Type") == "text/plain; charset=utf-8")
    #expect(reply.header("Content-Security-Policy")?.hasPrefix("default-src 'none'; ") == true)
    #expect(reply.header("X-Content-Type-Options") == "nosniff")
    #expect(reply.header("Referrer-Policy") == "no-referrer")
    #expect(reply.header("Cache-Control") == "no-store")
  }

  @Test func headIsAnsweredAsGetWithoutTheBody() async throws {
    let reply = try await ask(HTTPServerUnderTest(Self.routes), "HEAD /hello")
    #expect(reply.status == 200 && reply.body == "" && reply.header("Content-Length") == "16")
  }

  @Test func aBodyComesAsItWasSentAndARoutesOwnHeaderGoesBefore() async throws {
    let server = try HTTPServerUnderTest(Self.routes)
    let reply = try await ask(server, "POST /echo", body: "a\r\n\0b")
    #expect(reply.body == "a\r\n\0b")
    #expect(reply.header("Cache-Control") == "private" && !reply.text.contains("no-store"))
  }

  @Test func chunksAreOneBody() async throws {
    let server = try HTTPServerUnderTest(Self.routes)
    let client = try await RawClient(port: server.port)
    defer { client.close() }
    await client.send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n")
    await client.send("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    #expect(await client.readToEnd().body == "abcde")
  }

  @Test func whatIsNotThereIsSaid() async throws {
    let server = try HTTPServerUnderTest(Self.routes)
    let missing = try await ask(server, "GET /hello/")
    #expect(missing.status == 404 && missing.header("X-Content-Type-Options") == "nosniff")
    let wrong = try await ask(server, "DELETE /hello")
    #expect(wrong.status == 405 && wrong.header("Allow") == "GET, HEAD")
    let get = try await ask(server, "GET /echo")
    #expect(get.status == 405 && get.header("Allow") == "POST")
    // Refused before its body.
    let put = try await ask(server, "PUT /hello", body: "much")
    #expect(put.status == 405)
  }

  @Test func aConnectionServesSeveralRequests() async throws {
    let server = try HTTPServerUnderTest(Self.routes)
    let client = try await RawClient(port: server.port)
    defer { client.close() }
    for _ in 1...3 {
      await client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(await client.read { $0.body.hasSuffix("\n") }.status == 200)
    }
  }

  @Test func itListensOnIPv6AndAPortIsTakenOnce() async throws {
    let socket = try ListeningSocket(host: "::1", port: 0)
    let port = socket.port
    let server = try HTTPServer(socket, Self.routes, time: StillTime())
    #expect(throws: SystemError("listen on", path: "[::1]:\(port)", code: 98)) {
      _ = try ListeningSocket(host: "::1", port: port)
    }
    let client = try await RawClient(port: port, host: "::1")
    defer { client.close() }
    await client.send("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    #expect(await client.readToEnd().status == 200)
    withExtendedLifetime(server) {}
  }

  /// In one of a few tries: another test may take the port, and a program that is being started holds it until its exec.
  @Test func anEndedServersPortIsFree() throws {
    let isFree = try (1...20).contains { _ in
      let port = try HTTPServerUnderTest(Self.routes).port
      return (try? ListeningSocket(host: "127.0.0.1", port: port).port) == port
    }
    #expect(isFree)
  }
}
