import HTTPClient
import Model
import TestSupport
import Testing

@testable import Registry

@Suite(.timeLimit(.minutes(10))) struct BlobTests {
  private static let content = pattern(300_000)
  private static let corrupted = [content[0] ^ 1] + Array(content.dropFirst())
  private static let wanted = sha256(content)

  private func host(_ server: ScriptedServer) -> String { "127.0.0.1:\(server.port)" }

  @Test(arguments: [
    (ScriptedReply.response(200, [("Content-Length", "300000")]), true), (.response(404), false),
    (.response(404, body: #"{"errors":[{"code":"BLOB_UNKNOWN"}]}"#), false),
  ])
  func hasBlob(reply: ScriptedReply, expected: Bool) async throws {
    let server = try ScriptedServer {
      $0.target == "/v2/" ? .response(200, [("Docker-Distribution-Api-Version", "registry/2.0")]) : reply
    }
    let client = try RegistryClient(url: server.url)
    #expect(try await client.hasBlob(Self.wanted, in: repository) == expected)
    #expect(server.requests[0].method == "HEAD")
    #expect(server.requests[0].target == "/v2/team/prereqs/blobs/\(Self.wanted)")
  }

  @Test(arguments: [
    (ScriptedReply.response(404, [("Content-Type", "text/html")]), RegistryError.Kind.notARegistry),
    (.response(404), .notARegistry), (.response(200, [("Content-Type", "text/html")]), .notARegistry),
    (.response(401), .unauthorized), (.response(403), .denied), (.response(429), .throttled),
    (.response(503), .server),
    (.response(200, [("Docker-Content-Digest", digest(1).description)]), .unexpectedDigest),
    (.reset, .transport),
  ])
  func unknownIsNeitherThereNorAbsent(reply: ScriptedReply, kind: RegistryError.Kind) async throws {
    // What answers to /v2/ is no registry either.
    let server = try ScriptedServer { $0.target == "/v2/" ? .response(200, body: "<html>") : reply }
    let client = try RegistryClient(url: server.url)
    #expect(await registryError { _ = try await client.hasBlob(Self.wanted, in: repository) }?.kind == kind)
  }

  @Test(arguments: [0, 1, 300_000])
  func aBlobComesWhole(size: Int) async throws {
    let content = Array(Self.content.prefix(size))
    let server = try ScriptedServer { _ in .answer(status: 200, headers: [], body: content) }
    let client = try RegistryClient(url: server.url)
    let source = client.blob(sha256(content), size: size, in: repository)
    #expect(server.requests.isEmpty)
    let isWhole = try await source.collect() == content
    #expect(isWhole && server.requests.count == 1 && server.requests[0].header("Range") == nil)
  }

  private static let refusals: [(ScriptedReply, String)] = [
    (
      .answer(status: 200, headers: [], body: Array(content.dropLast())),
      "answered 299999 bytes where the blob has 300000"
    ),
    (
      .answer(status: 200, headers: [], body: content + [1]),
      "answered 300001 bytes where the blob has 300000"
    ),
    (
      .produced(status: 200, headers: [], size: nil) { $0 < 400_000 ? pattern(100_000) : nil },
      "there are more than the blob's 300000 bytes"
    ),
    (.answer(status: 200, headers: [], body: corrupted), "what was sent hashes to \(sha256(corrupted))"),
    (
      .response(404, body: #"{"errors":[{"code":"BLOB_UNKNOWN"}]}"#),
      "the registry answered 404 BLOB_UNKNOWN; push the image again"
    ),
    (.response(206), "the registry answered 206"),
  ]

  @Test(arguments: refusals)
  func anotherBlobIsRefused(reply: ScriptedReply, told: String) async throws {
    let server = try ScriptedServer {
      $0.target == "/v2/" ? .response(200, [("Docker-Distribution-Api-Version", "registry/2.0")]) : reply
    }
    let client = try RegistryClient(url: server.url)
    let error = await registryError {
      _ = try await client.blob(Self.wanted, size: 300_000, in: repository).collect()
    }
    #expect(error?.description == "GET \(host(server))/v2/team/prereqs/blobs/\(Self.wanted): \(told)")
  }

  @Test func whatIsNoRegistryLacksNothing() async throws {
    let server = try ScriptedServer { $0.target == "/v2/" ? .response(200, body: "<html>") : .response(404) }
    let client = try RegistryClient(url: server.url)
    let error = await registryError {
      _ = try await client.blob(Self.wanted, size: 300_000, in: repository).collect()
    }
    #expect(error?.kind == .notARegistry)
  }

  /// A server that sends at most `count` bytes of each answer, and knows ranges.
  private func server(
    sending count: Int, respectsRanges: Bool = true, contentRange: (@Sendable (Int) -> String)? = nil
  ) throws -> ScriptedServer {
    try ScriptedServer { request in
      let start = request.header("Range").flatMap { Int($0.dropFirst(6).dropLast()) } ?? 0
      guard start > 0, respectsRanges else {
        return .truncated(status: 200, headers: [], body: Self.content, bytes: count)
      }
      let range = contentRange?(start) ?? "bytes \(start)-299999/300000"
      return .truncated(
        status: 206, headers: [("Content-Range", range)], body: Array(Self.content[start...]), bytes: count)
    }
  }

  @Test(arguments: ["300000", "*"])
  func aBrokenConnectionGoesOnWhereItBroke(complete: String) async throws {
    let server = try server(sending: 70_000) { "bytes \($0)-299999/\(complete)" }
    let client = try RegistryClient(url: server.url)
    let isWhole = try await client.blob(Self.wanted, size: 300_000, in: repository).collect() == Self.content
    #expect(isWhole)
    #expect(
      server.requests.map { $0.header("Range") } == [
        nil, "bytes=70000-", "bytes=140000-", "bytes=210000-", "bytes=280000-",
      ])
  }

  /// As a proxy's that gives up on the store behind it: whole by HTTP's own rules, and too short.
  @Test func aBodyThatEndsEarlyGoesOnToo() async throws {
    let server = try ScriptedServer { request in
      let start = request.header("Range") == nil ? 0 : 200_000
      let headers = start > 0 ? [("Content-Range", "bytes 200000-299999/300000")] : []
      return .produced(status: start > 0 ? 206 : 200, headers: headers, size: nil) { offset in
        offset < (start > 0 ? 100_000 : 200_000) ? pattern(100_000, at: start + offset) : nil
      }
    }
    let client = try RegistryClient(url: server.url)
    let isWhole = try await client.blob(Self.wanted, size: 300_000, in: repository).collect() == Self.content
    #expect(isWhole && server.requests.map { $0.header("Range") } == [nil, "bytes=200000-"])
  }

  @Test func butNotForEver() async throws {
    let server = try server(sending: 1000)
    let client = try RegistryClient(url: server.url)
    let error = await registryError {
      _ = try await client.blob(Self.wanted, size: 300_000, in: repository).collect()
    }
    #expect(error?.kind == .transport)
    #expect(server.requests.count == 1 + BlobReader.maximumResumptions)
  }

  @Test(arguments: [
    (nil, "the connection broke after 70000 of 300000 bytes, and the registry does not send the rest alone"),
    ("bytes 0-299999/300000", #"asked for bytes 70000-299999 of 300000, answered "bytes 0-299999/300000""#),
    ("", #"asked for bytes 70000-299999 of 300000, answered """#),
  ])
  func anotherPartThanTheRestIsRefused(contentRange: String?, told: String) async throws {
    let server = try server(
      sending: 70_000, respectsRanges: contentRange != nil, contentRange: { _ in contentRange ?? "" })
    let client = try RegistryClient(url: server.url)
    let error = await registryError {
      _ = try await client.blob(Self.wanted, size: 300_000, in: repository).collect()
    }
    #expect(error?.kind == .unexpected)
    #expect(error?.description == "GET \(host(server))/v2/team/prereqs/blobs/\(Self.wanted): \(told)")
  }

  @Test func anErrorOfTheServersIsAskedAgain() async throws {
    let server = try ScriptedServer(replies: [
      .response(503), .reset, .answer(status: 200, headers: [], body: Self.content),
    ])
    let client = try RegistryClient(url: server.url)
    let isWhole = try await client.blob(Self.wanted, size: 300_000, in: repository).collect() == Self.content
    #expect(isWhole)
  }

  @Test func theStoreBehindARedirectSeesNoCredentials() async throws {
    let store = try server(sending: 200_000)
    let there = store.url + "/store?signature=s"
    let registry = try ScriptedServer { basicChallenge($0) ?? .response(307, [("Location", there)]) }
    let credentials = try RegistryCredentials(username: "user", password: testSecret())
    let client = try RegistryClient(url: registry.url, credentials: credentials)
    let isWhole = try await client.blob(Self.wanted, size: 300_000, in: repository).collect() == Self.content
    #expect(isWhole)
    #expect(registry.requests.map { $0.header("Authorization") != nil } == [false, true, true])
    #expect(store.requests.allSatisfy { $0.header("Authorization") == nil })
    #expect(store.requests.map { $0.header("Range") } == [nil, "bytes=200000-"])
  }

  @Test func sha256OfPieces() {
    var hash = SHA256()
    for piece in [[], Array("a".utf8), Array("bc".utf8)] { hash.update(piece) }
    #expect(hash.finish() == sha256(Array("abc".utf8)))
    #expect(SHA256().finish() == sha256([]))
  }
}
