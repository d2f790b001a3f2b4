import TestSupport
import Testing

@testable import HTTPClient

/// A body that is uploaded while it is downloaded, as a blob is copied between registries.
@Suite(.timeLimit(.minutes(10))) struct PipeTests {
  private static func server(size: Int) throws -> ScriptedServer {
    let piece = [UInt8](repeating: 7, count: 256 << 10)
    return try ScriptedServer(handlingBodies: { _ in .count }) { request in
      guard request.method == "GET" else { return .response(201) }
      return .produced(status: 200, headers: [], size: size) { offset in
        offset < size ? (size - offset < piece.count ? Array(piece[..<(size - offset)]) : piece) : nil
      }
    }
  }

  /// Copies `size` bytes from a server to itself: the most that was held of them between the two.
  private func copy(_ size: Int, on transport: Transport) async throws -> Int {
    let server = try Self.server(size: size)
    let download = try await transport.download(HTTPRequest(.get, server.url + "/blob"))
    let response = try await transport.upload(
      HTTPRequest(.patch, server.url + "/upload"), from: download.body, size: size)
    #expect(response.status == 201 && server.requests.last?.bodySize == size)
    return download.body.mostBuffered
  }

  @Test func ofOneOriginWithOneRequestAtATime() async throws {
    let transport = try Transport(concurrency: 1, userAgent: "tagkeeper/test")
    #expect(try await copy(64 << 20, on: transport) <= IncomingBody.capacity)
  }

  /// Each upload opens its download when it is first asked: then more copies than places wait for each other only.
  @Test func moreCopiesThanPlaces() async throws {
    let transport = try Transport(concurrency: 1, userAgent: "tagkeeper/test")
    let size = 3 << 20
    let server = try Self.server(size: size)
    let url = server.url
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<5 * Transport.streams {
        group.addTask {
          let source = LazyDownload(HTTPRequest(.get, url + "/blob"), transport)
          return try await transport.upload(HTTPRequest(.patch, url + "/"), from: source, size: size).status
        }
      }
      for try await status in group { #expect(status == 201) }
    }
    #expect(server.requests.count { $0.bodySize == size } == 5 * Transport.streams)
  }
}

extension PipeTests {
  /// A source that says nothing holds its own uploads alone.
  @Test func uploadsFromOneOriginDoNotWaitForAnothers() async throws {
    let transport = try Transport(concurrency: 1, userAgent: "tagkeeper/test")
    let slow = try ScriptedServer { _ in .stall }
    let server = try Self.server(size: 1000)
    let copy = { @Sendable (source: String) in
      let source = LazyDownload(HTTPRequest(.get, source + "/blob", timeouts: .patient), transport)
      return try await transport.upload(
        HTTPRequest(.patch, server.url + "/"), from: source, size: 1000
      ).status
    }
    let stalled = (0..<2 * Transport.streams).map { _ in Task { try await copy(slow.url) } }
    await slow.waitForRequests(Transport.streams)
    #expect(try await copy(server.url) == 201)
    #expect(slow.requests.count == Transport.streams)
    for task in stalled { task.cancel() }
    for task in stalled { _ = await task.result }
    #expect(await transport.streamQueues.isEmpty)
  }
}

/// Asks for the body when it is first wanted.
private actor LazyDownload: ByteSource {
  nonisolated var origin: String? { request.origin }
  private let request: HTTPRequest
  private let transport: Transport
  private var body: ResponseBody?

  init(_ request: HTTPRequest, _ transport: Transport) {
    self.request = request
    self.transport = transport
  }

  func next() async throws -> [UInt8]? {
    if body == nil { body = try await transport.download(request).body }
    return try await body?.next()
  }
}
