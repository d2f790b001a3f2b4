import Glibc
import HTTPClient
import LinuxSystem
import Model
import Synchronization
import TestSupport
import Testing

@testable import Registry

/// A blob's whole way into a registry, with what can break on it.
@Suite(.timeLimit(.minutes(10))) struct PushBlobTests {
  private static let content = pattern(400_000)
  private static let digest = sha256(content)
  private static let place = "/v2/team/prereqs/blobs/uploads/"

  private static func begun(_ number: Int) -> ScriptedReply {
    .response(202, [("Location", "\(place)\(number)")])
  }

  /// The content in four pieces.
  private static func source() -> ScriptedSource {
    ScriptedSource(stride(from: 0, to: 400_000, by: 100_000).map { Array(content[$0..<$0 + 100_000]) })
  }

  @Test func aSmallBlobGoesWithTheRequestThatEndsItsUpload() async throws {
    let content = Array("configuration".utf8)
    let server = try ScriptedServer(replies: [Self.begun(1), .response(201)])
    let client = try RegistryClient(url: server.url)
    let sent = try await client.pushBlob(sha256(content), size: 13, to: repository) {
      ScriptedSource([content])
    }
    #expect(sent == 13)
    #expect(server.requests.map(\.method) == ["POST", "PUT"])
    #expect(
      server.requests[1].target == "\(Self.place)1?digest=\(sha256(content))"
        && server.requests[1].body == content)
  }

  @Test func aMountedBlobIsNotOpened() async throws {
    let server = try ScriptedServer(replies: [.response(201)])
    let client = try RegistryClient(url: server.url)
    let sent = try await client.pushBlob(
      Self.digest, size: 400_000, to: repository, mounting: try RepositoryName("team/other")
    ) { () throws(RegistryError) in throw RegistryError(.unexpected, "opened") }
    #expect(sent == 0)
  }

  @Test func whatAMountBeginsIsGoneOnWith() async throws {
    let server = try ScriptedServer(replies: [Self.begun(7), Self.begun(8), .response(201)])
    let client = try RegistryClient(url: server.url)
    let sent = try await client.pushBlob(
      Self.digest, size: 400_000, to: repository, mounting: try RepositoryName("team/other")
    ) { Self.source() }
    #expect(sent == 400_000)
    #expect(
      server.requests.dropFirst().map(\.target) == ["\(Self.place)7", "\(Self.place)8?digest=\(Self.digest)"])
  }

  @Test func aBrokenUploadGoesOnWhereTheRegistrySays() async throws {
    let server = try ScriptedServer(replies: [
      Self.begun(1), .reset, .response(204, [("Range", "0-149999"), ("Location", "\(Self.place)2")]),
      Self.begun(3),
      .response(201),
    ])
    let client = try RegistryClient(url: server.url)
    let opened = Mutex(0)
    let sent = try await client.pushBlob(Self.digest, size: 400_000, to: repository) {
      opened.withLock { $0 += 1 }
      return Self.source()
    }
    #expect(sent == 250_000 && opened.withLock { $0 } == 2)
    let requests = server.requests
    #expect(requests.map(\.method) == ["POST", "PATCH", "GET", "PATCH", "PUT"])
    #expect(requests[3].target == "\(Self.place)2" && requests[3].header("Content-Range") == "150000-399999")
    let isRest = requests[3].body == Array(Self.content[150_000...])
    #expect(isRest)
  }

  @Test(arguments: [
    ScriptedReply.response(204), .response(404), .response(204, [("Range", "0-0")]),
    .response(204, [("Range", "0-400000")]),
  ])
  func orFromTheStartWhereItDoesNot(status: ScriptedReply) async throws {
    let server = try ScriptedServer(replies: [
      Self.begun(1), .response(500), status, .response(204), Self.begun(2), Self.begun(3), .response(201),
    ])
    let client = try RegistryClient(url: server.url)
    #expect(
      try await client.pushBlob(Self.digest, size: 400_000, to: repository) { Self.source() } == 400_000)
    let requests = server.requests
    #expect(requests.map(\.method) == ["POST", "PATCH", "GET", "DELETE", "POST", "PATCH", "PUT"])
    #expect(requests[5].target == "\(Self.place)2" && requests[5].header("Content-Range") == nil)
    let isWhole = requests[5].body == Self.content
    #expect(isWhole)
  }

  @Test func whatBreaksEveryTimeIsGivenUpAndDropped() async throws {
    let server = try ScriptedServer { request in
      switch request.method {
      case "POST": Self.begun(1)
      case "PATCH": .reset
      default: .response(204)
      }
    }
    let client = try RegistryClient(url: server.url)
    let error = await registryError {
      _ = try await client.pushBlob(Self.digest, size: 400_000, to: repository) { Self.source() }
    }
    #expect(error?.kind == .transport && error?.isOutcomeUnknown == true)
    #expect(server.requests.count { $0.method == "PATCH" } == 4)
    #expect(server.requests.last?.method == "DELETE")
  }

  @Test func aRefusalIsTerminal() async throws {
    let server = try ScriptedServer(replies: [
      Self.begun(1), .response(413, body: #"{"errors":[{"code":"SIZE_INVALID","message":"too large"}]}"#),
      .response(204),
    ])
    let client = try RegistryClient(url: server.url)
    let error = await registryError {
      _ = try await client.pushBlob(Self.digest, size: 400_000, to: repository) { Self.source() }
    }
    #expect(
      error?.description
        == "PATCH 127.0.0.1:\(server.port)\(Self.place)1: the registry answered 413 SIZE_INVALID \"too large\""
    )
    #expect(server.requests.map(\.method) == ["POST", "PATCH", "DELETE"])
  }

  private static let sourceErrors: [(any Error & Sendable, RegistryError.Kind)] = [
    (RegistryError(.unexpectedDigest, "other bytes"), .unexpectedDigest), (CancellationError(), .cancelled),
    (SystemError("read", path: "/x", code: EIO), .unexpected),
  ]

  @Test(arguments: sourceErrors)
  func theSourcesErrorIsTerminal(cause: any Error & Sendable, kind: RegistryError.Kind) async throws {
    let server = try ScriptedServer { $0.method == "POST" ? Self.begun(1) : .response(204) }
    let client = try RegistryClient(url: server.url)
    let error = await registryError {
      _ = try await client.pushBlob(Self.digest, size: 400_000, to: repository) {
        ScriptedSource { number in
          if number == 1 { throw cause }
          return pattern(100_000)
        }
      }
    }
    #expect(error?.kind == kind)
    // Whoever is cancelled asks for nothing more.
    #expect(server.requests.map(\.method) == (kind == .cancelled ? ["POST"] : ["POST", "DELETE"]))
  }

  @Test(arguments: [1, 3])
  func aSmallBlobOfAnotherSizeIsNotSent(size: Int) async throws {
    let server = try ScriptedServer { $0.method == "POST" ? Self.begun(1) : .response(204) }
    let client = try RegistryClient(url: server.url)
    let source = ScriptedSource([[1], [1]])
    let error = await registryError {
      _ = try await client.pushBlob(Self.digest, size: size, to: repository) { source }
    }
    #expect(
      error
        == RegistryError(.unexpectedDigest, "a blob has not the \(size) bytes that its descriptor says"))
    // No more is held than the blob may have.
    #expect(source.asked == (size == 1 ? 2 : 3))
    #expect(server.requests.map(\.method) == ["POST", "DELETE"])
  }

  /// Its source is spent by then.
  @Test func anUploadThatIsAskedForAPasswordBeginsAnew() async throws {
    let server = try ScriptedServer { request in
      switch request.method {
      case "POST": Self.begun(1)
      case "PATCH": basicChallenge(request) ?? Self.begun(1)
      case "GET": .response(404)
      default: .response(201)
      }
    }
    let credentials = try RegistryCredentials(username: "user", password: testSecret())
    let client = try RegistryClient(url: server.url, credentials: credentials)
    let sent = try await client.pushBlob(Self.digest, size: 400_000, to: repository) { Self.source() }
    #expect(sent == 400_000)
    let requests = server.requests
    #expect(requests.map(\.method) == ["POST", "PATCH", "GET", "DELETE", "POST", "PATCH", "PUT"])
    let isWhole = requests[5].body == Self.content
    #expect(isWhole)
  }

  @Test func aLostAnswerToTheEndIsLookedUp() async throws {
    for (isThere, isSmall) in [(true, false), (false, false), (true, true)] {
      let content = isSmall ? [1] : Self.content
      let server = try ScriptedServer { request in
        switch request.method {
        case "POST", "PATCH": Self.begun(1)
        case "PUT": .reset
        case "HEAD": .response(isThere ? 200 : 404)
        default: .response(200, [("Docker-Distribution-Api-Version", "registry/2.0")])
        }
      }
      let client = try RegistryClient(url: server.url)
      do {
        let sent = try await client.pushBlob(sha256(content), size: content.count, to: repository) {
          ScriptedSource([content])
        }
        #expect(isThere && sent == content.count)
      } catch { #expect(!isThere && error.isOutcomeUnknown) }
    }
  }
}
