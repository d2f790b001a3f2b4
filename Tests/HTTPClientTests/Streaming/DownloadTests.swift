import Glibc
import TestSupport
import Testing

@testable import HTTPClient

@Suite(.timeLimit(.minutes(10))) struct DownloadTests {
  let transport: Transport

  init() throws { transport = try Transport(concurrency: 2, userAgent: "tagkeeper/test") }

  private func error(_ body: () async throws -> Void) async -> HTTPError? {
    await #expect(throws: HTTPError.self) { try await body() }
  }

  /// One byte of a hundred, and no other before `gate` opens.
  private static func oneByte(then gate: Gate) -> ScriptedReply {
    .produced(status: 200, headers: [], size: 100) { offset in
      if offset > 0 { gate.wait() }
      return [1]
    }
  }

  /// A body of `size` bytes, without end where that is large.
  private static func large(_ size: Int = 64 << 20) -> ScriptedReply {
    .produced(status: 200, headers: [], size: size) { offset in
      offset < size ? [UInt8](repeating: 7, count: min(size - offset, 256 << 10)) : nil
    }
  }

  @Test(arguments: [true, false], [0, 1, 100_000, (3 << 20) + 7])
  func aBodyOfAnySizeComesWhole(isSized: Bool, size: Int) async throws {
    let server = try ScriptedServer { _ in
      .produced(status: 200, headers: [("Docker-Content-Digest", "a")], size: isSized ? size : nil) {
        offset in
        offset < size ? pattern(min(size - offset, 50_000), at: offset) : nil
      }
    }
    let download = try await transport.download(HTTPRequest(.get, server.url + "/blob"))
    #expect(download.response.status == 200 && download.response.headers["docker-content-digest"] == "a")
    #expect(download.response.body.isEmpty)
    var bytes: [UInt8] = []
    while let piece = try await download.body.next() {
      #expect(!piece.isEmpty && piece.count <= IncomingBody.pieceSize)
      bytes += piece
    }
    let isWhole = bytes == pattern(size)
    #expect(isWhole)
    #expect(try await download.body.next() == nil)
  }

  @Test func theServerWaitsForASlowReader() async throws {
    let size = 64 << 20
    let server = try ScriptedServer { _ in Self.large(size) }
    let download = try await transport.download(HTTPRequest(.get, server.url + "/"))
    // Full, or all but one read of libcurl's.
    while download.body.mostBuffered <= IncomingBody.capacity - (128 << 10) { await Task.yield() }
    var count = 0
    while let piece = try await download.body.next() { count += piece.count }
    #expect(count == size)
    #expect(download.body.mostBuffered <= IncomingBody.capacity)
  }

  @Test func aBodyThatNobodyReadsFreesItsPlace() async throws {
    let server = try ScriptedServer { _ in Self.large() }
    for _ in 0...2 * Transport.streams {
      let download = try await transport.download(HTTPRequest(.get, server.url + "/"))
      #expect(download.response.status == 200)
    }
    for _ in 0...2 * Transport.streams {
      let download = try await transport.download(HTTPRequest(.get, server.url + "/"))
      _ = try await download.body.next()
    }
  }

  @Test func aReaderThatIsCancelledFreesItsPlace() async throws {
    let gate = Gate()
    defer { gate.open() }
    let server = try ScriptedServer { _ in Self.oneByte(then: gate) }
    for _ in 0...Transport.streams {
      let request = HTTPRequest(.get, server.url + "/", timeouts: .patient)
      let body = try await transport.download(request).body
      let reader = Task { try await body.next() }
      reader.cancel()
      #expect(await error { _ = try await reader.value }?.code == .cancelled)
      #expect(await error { _ = try await body.next() }?.code == .cancelled)
    }
  }

  @Test func cancelledBeforeTheHead() async throws {
    let server = try ScriptedServer { _ in .stall }
    for number in 1...Transport.streams + 1 {
      let request = HTTPRequest(.get, server.url + "/", timeouts: .patient)
      let task = Task { _ = try await transport.download(request) }
      await server.waitForRequests(number)
      task.cancel()
      #expect(await error { try await task.value }?.code == .cancelled)
    }
  }

  @Test func aBodyCutShortThrowsBehindWhatCame() async throws {
    let body = pattern(300_000)
    let server = try ScriptedServer(replies: [
      .truncated(status: 200, headers: [], body: body, bytes: 200_000),
      .raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
    ])
    for (expected, codes) in [
      (Array(body[..<200_000]), [HTTPError.Code.truncated]), (Array("hello".utf8), [.truncated, .reset]),
    ] {
      let download = try await transport.download(HTTPRequest(.get, server.url + "/blob"))
      var bytes: [UInt8] = []
      let error = await error { while let piece = try await download.body.next() { bytes += piece } }
      let isWhole = bytes == expected
      #expect(isWhole)
      #expect(codes.contains { $0 == error?.code }, "\(String(describing: error))")
    }
  }

  @Test func anErrorsBodyIsHeldWhole() async throws {
    let server = try ScriptedServer(replies: [
      .response(404, body: "no such blob"), .response(500, body: "123456789"), .response(204),
    ])
    let missing = try await transport.download(HTTPRequest(.get, server.url + "/"))
    #expect(missing.response.status == 404 && missing.response.body == Array("no such blob".utf8))
    #expect(try await missing.body.next() == nil)
    let request = HTTPRequest(.get, server.url + "/", maximumBodySize: 8)
    #expect(await error { _ = try await transport.download(request) }?.code == .bodyTooLarge(limit: 8))
    let empty = try await transport.download(HTTPRequest(.get, server.url + "/"))
    #expect(empty.response.status == 204)
    #expect(try await empty.body.next() == nil)
  }

  @Test func aRedirectIsFollowedWithoutTheCredential() async throws {
    let store = try ScriptedServer { _ in .response(200, body: "layer") }
    let there = store.url + "/store?signature=1"
    let home = try ScriptedServer { _ in .response(307, [("Location", there)], body: "moved") }
    let credential = HTTPRequest.Header("Authorization", "Bearer \(testSecret())")
    let range = HTTPRequest.Header("Range", "bytes=0-")
    let download = try await transport.download(
      HTTPRequest(.get, home.url + "/", headers: [credential, range]))
    #expect(download.response.status == 200 && download.response.headers["Location"] == nil)
    #expect(download.response.isRedirected)
    #expect(try await download.body.collect() == Array("layer".utf8))
    #expect(home.requests[0].header("Authorization") == "Bearer \(testSecret())")
    #expect(
      store.requests[0].header("Authorization") == nil && store.requests[0].header("Range") == "bytes=0-")
  }

  /// Takes as long as `duration`, by the timeout of a request that nobody answers.
  private func wait(_ duration: Duration) async throws {
    let stalled = try ScriptedServer { _ in .stall }
    let probe = HTTPRequest(.get, stalled.url + "/", timeouts: HTTPTimeouts(total: duration))
    #expect(await error { _ = try await transport.send(probe) }?.code == .timeout(.total))
  }

  @Test func aSlowReaderIsNoTimeout() async throws {
    let server = try ScriptedServer { _ in Self.large(16 << 20) }
    let timeouts = HTTPTimeouts(idle: .seconds(1), total: .milliseconds(100))
    let download = try await transport.download(HTTPRequest(.get, server.url + "/", timeouts: timeouts))
    while download.body.mostBuffered <= IncomingBody.capacity - (128 << 10) { await Task.yield() }
    try await wait(.seconds(4))
    #expect(try await download.body.collect().count == 16 << 20)
  }

  @Test func aServerThatFallsSilentIs() async throws {
    let gate = Gate()
    defer { gate.open() }
    let server = try ScriptedServer { _ in Self.oneByte(then: gate) }
    let timeouts = HTTPTimeouts(idle: .seconds(1))
    let download = try await transport.download(HTTPRequest(.get, server.url + "/", timeouts: timeouts))
    #expect(try await download.body.next() == [1])
    #expect(await error { _ = try await download.body.next() }?.code == .timeout(.idle))
  }

  /// A byte at a time, ten of them a second at most: it is no silence, and would take its place for days.
  @Test func aServerThatTricklesIsSilent() async throws {
    let server = try ScriptedServer { _ in
      .produced(status: 200, headers: [], size: 300) { _ in
        poll(nil, 0, 100)
        return [1]
      }
    }
    let timeouts = HTTPTimeouts(idle: .seconds(1))
    let download = try await transport.download(HTTPRequest(.get, server.url + "/", timeouts: timeouts))
    #expect(await error { while try await download.body.next() != nil {} }?.code == .timeout(.idle))
  }

  @Test func downloadsOfOneOriginDoNotWaitForAnothers() async throws {
    let (slow, other) = (try ScriptedServer { _ in .stall }, try ScriptedServer { _ in Self.large(1000) })
    let stalled = (0...Transport.streams).map { _ in
      Task { try await transport.download(HTTPRequest(.get, slow.url + "/", timeouts: .patient)) }
    }
    await slow.waitForRequests(Transport.streams)
    let download = try await transport.download(HTTPRequest(.get, other.url + "/"))
    #expect(try await download.body.collect().count == 1000)
    #expect(slow.requests.count == Transport.streams)
    for task in stalled { task.cancel() }
    for task in stalled { _ = await task.result }
    #expect(await transport.streamQueues.isEmpty)
  }

  @Test func downloadsDoNotStandInTheWayOfRequests() async throws {
    let server = try ScriptedServer { $0.target == "/blob" ? Self.large() : .response(204) }
    let transport = try Transport(concurrency: 1, userAgent: "tagkeeper/test")
    var downloads: [HTTPDownload] = []
    for _ in 0..<Transport.streams {
      downloads.append(try await transport.download(HTTPRequest(.get, server.url + "/blob")))
    }
    #expect(try await transport.send(HTTPRequest(.get, server.url + "/")).status == 204)
    let last = Task { try await transport.download(HTTPRequest(.get, server.url + "/blob")).response.status }
    for download in downloads { #expect(try await download.body.collect().count == 64 << 20) }
    #expect(try await last.value == 200)
  }

  @Test func aShutdownEndsIt() async throws {
    let server = try ScriptedServer { _ in Self.large() }
    let download = try await transport.download(HTTPRequest(.get, server.url + "/"))
    await transport.shutdown(grace: .milliseconds(1))
    #expect(await error { while try await download.body.next() != nil {} }?.code == .shutDown)
  }
}
