import HTTPClient
import Model
import TestSupport
import Testing

@testable import Registry

@Suite(.timeLimit(.minutes(10))) struct BlobUploadTests {
  private static let other = try! RepositoryName("team/other")  // a constant
  private static let begun = ScriptedReply.response(
    202, [("Location", "/v2/team/prereqs/blobs/uploads/1?_state=s")])

  private func begin(_ url: String) async throws -> (RegistryClient, BlobUpload) {
    let client = try RegistryClient(url: url)
    return (client, try await client.startUpload(in: repository))
  }

  @Test(arguments: [
    ("/v2/a/uploads/2?s=1", "http://127.0.0.1:5000/v2/a/uploads/2?s=1"),
    ("http://127.0.0.1:5000/x", "http://127.0.0.1:5000/x"), ("//127.0.0.1:5000/x", "http://127.0.0.1:5000/x"),
    ("2?s=1", "http://127.0.0.1:5000/v2/a/uploads/2?s=1"),
    ("?s=1", "http://127.0.0.1:5000/v2/a/uploads/1?s=1"),
    ("https://h/x?u=http://g/", "https://h/x?u=http://g/"),
  ])
  func locationsAreResolved(location: String, url: String) {
    #expect(location.resolved(against: "http://127.0.0.1:5000/v2/a/uploads/1?s=/0") == url)
  }

  @Test(arguments: [
    ("https://registry.example.com", "https://Registry.example.com:443/v2/", true),
    ("https://registry.example.com", "http://registry.example.com/v2/", false),
    ("https://registry.example.com", "https://registry.example.com:8443/v2/", false),
    ("https://registry.example.com", "https://registry.example.com.evil.example/v2/", false),
    ("https://registry.example.com", "https://registry.example.com@evil.example/v2/", false),
    ("https://registry.example.com", "https://user:word@registry.example.com/v2/", false),
    ("https://registry.example.com", "https://evil.example?registry.example.com/", false),
    ("http://127.0.0.1:5000", "http://127.0.0.1:5000", true),
    ("http://127.0.0.1:80", "http://127.0.0.1/", true),
  ])
  func origins(registry: String, url: String, expected: Bool) throws {
    #expect(try RegistryURL(registry).isOrigin(of: url) == expected)
  }

  @Test func aPlaceElsewhereGetsNothing() async throws {
    let server = try ScriptedServer { _ in
      .response(
        202, [("Location", "https://user:\(testSecret())@evil.example:8443/upload?_state=\(testSecret())")])
    }
    let error = await registryError { _ = try await begin(server.url) }
    #expect(
      error?.description
        == "POST 127.0.0.1:\(server.port)/v2/team/prereqs/blobs/uploads/: the registry names a place for the upload "
        + "that is not on \(server.url): \"https://evil.example:8443\"; nothing is sent there. Behind a proxy, tell "
        + "the registry its own address, or have the proxy send X-Forwarded-Proto and Host")
    for headers in [[], [("Location", "")]] {
      let placeless = try ScriptedServer { _ in .response(202, headers) }
      #expect(
        await registryError { _ = try await begin(placeless.url) }?.description
          == "POST 127.0.0.1:\(placeless.port)/v2/team/prereqs/blobs/uploads/: the registry answered 202 without a place "
          + "for the upload")
    }
  }

  @Test func oneStreamedPatchAndItsEnd() async throws {
    let content = pattern(200_000)
    let digest = sha256(content)
    let server = try ScriptedServer { request in
      switch request.method {
      case "POST": Self.begun
      // Relative, as RFC 9110 section 10.2.2 allows; its Range is not true, as zot's.
      case "PATCH": .response(202, [("Location", "2?_state=t"), ("Range", "0-99")])
      default: .response(201, [("Docker-Content-Digest", digest.description)])
      }
    }
    let (client, upload) = try await begin(server.url)
    let sent = try await client.append(ScriptedSource([content]), size: content.count, to: upload)
    #expect(sent.received == content.count && "\(sent)" == "an upload to team/prereqs")
    try await client.finish(sent, as: digest)
    let requests = server.requests
    #expect(requests.map(\.method) == ["POST", "PATCH", "PUT"])
    #expect(
      requests.map(\.target) == [
        "/v2/team/prereqs/blobs/uploads/", "/v2/team/prereqs/blobs/uploads/1?_state=s",
        "/v2/team/prereqs/blobs/uploads/2?_state=t&digest=\(digest)",
      ])
    #expect(requests.map { $0.header("Content-Length") } == ["0", "200000", "0"])
    #expect(
      requests.map { $0.header("Content-Type") } == [
        nil, "application/octet-stream", "application/octet-stream",
      ])
    #expect(requests[1].header("Content-Range") == nil)
    let isWhole = requests[1].body == content
    #expect(isWhole)
  }

  @Test func anotherDigestThanMeantIsAnError() async throws {
    let server = try ScriptedServer {
      $0.method == "POST" ? Self.begun : .response(201, [("Docker-Content-Digest", digest(1).description)])
    }
    let (client, upload) = try await begin(server.url)
    let error = await registryError { try await client.finish(upload, as: digest(2), rest: [1]) }
    #expect(error?.kind == .unexpectedDigest)
    #expect(
      error?.description
        == "PUT 127.0.0.1:\(server.port)/v2/team/prereqs/blobs/uploads/1: the registry stored \(digest(1)) where "
        + "\(digest(2)) was meant")
  }

  @Test(arguments: [
    (ScriptedReply.response(204, [("Range", "0-99"), ("Location", "/v2/next")]), Optional(100)),
    (.response(200, [("Range", "0-99")]), 100), (.response(202, [("Range", "0-99")]), 100),
    (.response(204, [("Range", "bytes=0-99")]), 100), (.response(204, [("Range", "0-0")]), 0),
    (.response(204), nil), (.response(204, [("Range", "5-99")]), nil),
    (.response(204, [("Range", "0--1")]), nil),
    (.response(204, [("Range", "0-99999999999999999999")]), nil), (.response(404), nil),
    (.response(405), nil),
  ])
  func howFarAnUploadIs(reply: ScriptedReply, received: Int?) async throws {
    let server = try ScriptedServer { $0.method == "POST" ? Self.begun : reply }
    let (client, upload) = try await begin(server.url)
    let status = try await client.status(of: upload)
    #expect(status?.received == received)
    #expect(
      server.requests[1].method == "GET"
        && server.requests[1].target == "/v2/team/prereqs/blobs/uploads/1?_state=s")
  }

  @Test(arguments: [
    (ScriptedReply.response(201, [("Docker-Content-Digest", digest(1).description)]), true, 1),
    (.response(201), true, 1),
    (begun, false, 1), (.response(404), false, 2), (.response(405), false, 2), (.response(403), false, 2),
    (.response(401), false, 2),
    (.response(400, body: #"{"errors":[{"code":"UNSUPPORTED"}]}"#), false, 2),
  ])
  func mounts(reply: ScriptedReply, isMounted: Bool, requests: Int) async throws {
    let server = try ScriptedServer { $0.target.contains("mount=") ? reply : Self.begun }
    let client = try RegistryClient(url: server.url)
    let mount = try await client.mountBlob(digest(1), from: Self.other, into: repository)
    if case .upload(let upload) = mount {
      #expect(!isMounted && upload.url == server.url + "/v2/team/prereqs/blobs/uploads/1?_state=s")
    } else {
      #expect(isMounted)
    }
    #expect(
      server.requests[0].target == "/v2/team/prereqs/blobs/uploads/?mount=\(digest(1))&from=team/other")
    #expect(server.requests.count == requests)
  }

  @Test func aMountThatFailsIsNoMount() async throws {
    let server = try ScriptedServer(replies: [
      .response(503), .response(201, [("Docker-Content-Digest", digest(2).description)]),
    ])
    let client = try RegistryClient(url: server.url)
    for kind in [RegistryError.Kind.server, .unexpectedDigest] {
      let error = await registryError {
        _ = try await client.mountBlob(digest(1), from: Self.other, into: repository)
      }
      #expect(error?.kind == kind)
    }
  }

  @Test(arguments: [(202, nil), (204, nil), (404, nil), (405, nil), (500, RegistryError.Kind.server)])
  func cancelling(status: Int, kind: RegistryError.Kind?) async throws {
    let server = try ScriptedServer { $0.method == "POST" ? Self.begun : .response(status) }
    let (client, upload) = try await begin(server.url)
    do {
      try await client.cancel(upload)
      #expect(kind == nil)
    } catch { #expect(error.kind == kind) }
    #expect(server.requests[1].method == "DELETE")
  }

  @Test func nothingIsRedirected() async throws {
    let server = try ScriptedServer {
      $0.method == "POST" ? Self.begun : .response(307, [("Location", "http://evil.example/")])
    }
    let (client, upload) = try await begin(server.url)
    #expect(await registryError { _ = try await client.status(of: upload) }?.kind == .unexpected)
    let refused = await registryError {
      _ = try await client.append(ScriptedSource([[1]]), size: 1, to: upload)
    }
    #expect(refused?.kind == .unexpected)
  }
}
