import HTTPClient
import Model
import Registry
import Synchronization
import TestSupport
import Testing

@Suite struct PutTests {
  let one = ImagePusher.manifest("one")
  let two = ImagePusher.manifest("two", format: .docker)

  @Test func movesATagWithTheManifestsOwnBytesAndType() async throws {
    let registry = try FakeRegistry()
    registry.store(one, as: staging.tag, sibling.tag, in: repository)
    registry.store(two, in: repository)
    let client = try RegistryClient(url: registry.url)
    try await client.put(two.digest, to: staging)
    #expect(registry.digest(of: staging) == two.digest && registry.digest(of: sibling) == one.digest)
    let put = try #require(registry.requests.last)
    #expect(put.body == two.bytes && put.header("Content-Type") == two.mediaType.rawValue)
    #expect(registry.requests.map(\.method) == ["GET", "PUT"])
  }

  @Test func fetchesOnceHoweverManyTags() async throws {
    let registry = try FakeRegistry()
    registry.store(one, in: repository)
    let client = try RegistryClient(url: registry.url)
    for number in 0..<5 { try await client.put(one.digest, to: tag("tag-\(number)")) }
    #expect(registry.count("GET") == 1 && registry.count("PUT") == 5)
  }

  @Test func aFetchIsAskedAgainAfterAServerError() async throws {
    let registry = try FakeRegistry()
    registry.store(one, in: repository)
    let faults = Atomic(2)
    registry.configure {
      $0.override = { request in
        guard request.method == "GET", faults.wrappingSubtract(1, ordering: .relaxed).oldValue > 0 else {
          return nil
        }
        return .response(500, body: #"{"errors":[{"code":"UNKNOWN"}]}"#)
      }
    }
    let client = try RegistryClient(url: registry.url)
    try await client.put(one.digest, to: staging)
    #expect(registry.digest(of: staging) == one.digest && registry.count("GET") == 3)
    faults.store(3, ordering: .relaxed)
    registry.removeManifest(one.digest, in: repository)
    let error = await registryError { try await client.put(two.digest, to: staging) }
    #expect(error?.kind == .server && registry.count("GET") == 6)
  }

  @Test func aCachedManifestIsNotWrittenWhereThisProcessNeverSawIt() async throws {
    let registry = try FakeRegistry()
    registry.store(one, in: repository)
    let cache = ManifestCache()
    let transport = try Transport(userAgent: "tagkeeper/test")
    try await RegistryClient(try registry.address, transport: transport, cache: cache).put(
      one.digest, to: staging)
    registry.removeManifest(one.digest, in: repository)
    let restarted = RegistryClient(try registry.address, transport: transport, cache: cache)
    let error = await registryError { try await restarted.put(one.digest, to: sibling) }
    #expect(error?.kind == .missingManifest)
    #expect(registry.digest(of: sibling) == nil && registry.count("PUT") == 1)
  }

  @Test func anAnswerWithoutADigestIsCheckedByHead() async throws {
    let registry = try FakeRegistry()
    registry.store(one, in: repository)
    registry.configure { $0.dropsContentDigest = true }
    let client = try RegistryClient(url: registry.url)
    let answered = Mutex<[Int]>([])
    try await client.put(one.digest, to: staging) {
      answered.withLock { $0.append(registry.requests.count) }
    }
    #expect(answered.withLock(\.self) == [1, 2])
    #expect(registry.requests.map(\.method) == ["GET", "PUT", "HEAD", "GET"])
    #expect(registry.digest(of: staging) == one.digest)
  }

  @Test func anotherDigestInTheAnswer() async throws {
    let (one, two) = (one, two)
    let server = try ScriptedServer { request in
      request.method == "GET"
        ? one.reply : .response(201, [("Docker-Content-Digest", two.digest.description)])
    }
    let client = try RegistryClient(url: server.url)
    let error = await registryError { try await client.put(one.digest, to: staging) }
    #expect(error?.kind == .unexpectedDigest)
    #expect(
      error?.description
        == "PUT 127.0.0.1:\(server.port)/v2/team/prereqs/manifests/alpine-staging: the registry stored \(two.digest) "
        + "where \(one.digest) was sent")
  }

  @Test func anotherDigestFoundAfterwards() async throws {
    let (one, two) = (one, two)
    let server = try ScriptedServer { request in
      switch request.method {
      case "GET": one.reply
      case "HEAD": two.reply
      default: .response(201)
      }
    }
    let client = try RegistryClient(url: server.url)
    let error = await registryError { try await client.put(one.digest, to: staging) }
    #expect(error?.kind == .unexpectedDigest && error?.isOutcomeUnknown == false)
    #expect(
      error?.description
        == "127.0.0.1:\(server.port)/team/prereqs:alpine-staging: after a PUT of \(one.digest) the tag has \(two.digest)"
    )
  }

  @Test(arguments: [
    (
      400, #"{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry"}]}"#,
      "MANIFEST_BLOB_UNKNOWN \"blob unknown to registry\""
    ),
    (
      500,
      #"{"errors":[{"code":"UNKNOWN","message":"unknown error","detail":"errors verifying manifest: blob unknown to registry"}]}"#,
      "UNKNOWN \"unknown error\""
    ),
  ])
  func missingBlobs(status: Int, body: String, words: String) async throws {
    let one = one
    let server = try ScriptedServer { $0.method == "GET" ? one.reply : .response(status, body: body) }
    let client = try RegistryClient(url: server.url)
    let error = await registryError { try await client.put(one.digest, to: staging) }
    let host = "127.0.0.1:\(server.port)"
    #expect(error?.kind == .missingContent && error?.isOutcomeUnknown == false)
    #expect(
      error?.description
        == "PUT \(host)/v2/team/prereqs/manifests/alpine-staging: blobs or children of \(one.digest) are missing in "
        + "\(host)/team/prereqs (\(status) \(words)); push the image again")
  }

  /// What distribution 2.8 answers to an index while another client pushes one of its children.
  @Test(arguments: [1, 3]) func aChildThatIsBeingWrittenIsNotMissing(tornAnswers: Int) async throws {
    let one = one
    let puts = Atomic(0)
    let server = try ScriptedServer { request in
      if request.method == "GET" { return one.reply }
      guard puts.wrappingAdd(1, ordering: .relaxed).newValue <= tornAnswers else {
        return .response(201, [("Docker-Content-Digest", one.digest.description)])
      }
      return .response(
        400,
        body:
          #"{"errors":[{"code":"DIGEST_INVALID","message":"provided digest did not match uploaded content"},"#
          + #"{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry"}]}"#)
    }
    let client = try RegistryClient(url: server.url)
    if tornAnswers == 1 {
      _ = try await client.put(one.digest, to: staging)
    } else {
      let error = await registryError { try await client.put(one.digest, to: staging) }
      #expect(error?.kind == .server && error?.isOutcomeUnknown == false)
      #expect(
        error?.description
          == "PUT 127.0.0.1:\(server.port)/v2/team/prereqs/manifests/alpine-staging: the registry answered 400 "
          + "DIGEST_INVALID \"provided digest did not match uploaded content\", "
          + "MANIFEST_BLOB_UNKNOWN \"blob unknown to registry\"")
    }
    #expect(puts.load(ordering: .relaxed) == min(tornAnswers + 1, 3))
  }

  @Test(arguments: [
    (401, RegistryError.Kind.unauthorized, false), (403, .denied, false), (405, .readOnly, false),
    (429, .throttled, false), (500, .server, true), (503, .server, true), (400, .rejected, false),
    (412, .rejected, false), (307, .unexpected, false),
  ])
  func refusals(status: Int, kind: RegistryError.Kind, isOutcomeUnknown: Bool) async throws {
    let one = one
    let server = try ScriptedServer {
      $0.method == "GET" ? one.reply : .response(status, [("Location", "/elsewhere")])
    }
    let client = try RegistryClient(url: server.url)
    let error = await registryError { try await client.put(one.digest, to: staging) }
    #expect(error?.kind == kind)
    #expect(error?.isOutcomeUnknown == isOutcomeUnknown)
    #expect(error?.description.hasSuffix("it may have taken effect all the same") == isOutcomeUnknown)
    #expect(server.requests.count == ([500, 503].contains(status) ? 4 : status == 429 ? 7 : 2))
  }

  /// The same bytes at the same tag, until an answer says that they are stored.
  @Test(arguments: [ScriptedReply.reset, .response(500), .response(503), .response(408), .response(429)])
  func aPutIsTriedAgain(reply: ScriptedReply) async throws {
    let one = one
    let puts = Atomic(0)
    let server = try ScriptedServer { request in
      if request.method == "GET" { return one.reply }
      return puts.wrappingAdd(1, ordering: .relaxed).newValue < 3
        ? reply : .response(201, [("Docker-Content-Digest", one.digest.description)])
    }
    try await RegistryClient(url: server.url).put(one.digest, to: staging)
    #expect(server.requests.map(\.method) == ["GET", "PUT", "PUT", "PUT"])
    #expect(
      server.requests[1...].allSatisfy { $0.body == one.bytes && $0.target == server.requests[1].target })
  }

  @Test func aRefusalAfterALostAnswerSaysThatTheTagMayHaveMoved() async throws {
    // On a connection that was used before, libcurl itself would send it again.
    let server = try ScriptedServer(replies: [.reset, .response(403)])
    let error = await registryError {
      _ = try await RegistryClient(url: server.url).putManifest(one, to: .tag(staging.tag), in: repository)
    }
    #expect(error?.kind == .denied && error?.isOutcomeUnknown == true)
    let host = "127.0.0.1:\(server.port)"
    #expect(
      error?.description
        == "PUT \(host)/v2/team/prereqs/manifests/alpine-staging: the registry answered 403; check what the "
        + "credentials for \(host) may do; it may have taken effect all the same")
  }

  /// Immutability has no common code: the registry's own words are all there is.
  @Test func theRegistrysWordsAreShownWhole() async throws {
    let words =
      "The image tag 'alpine-staging' already exists in the 'team/prereqs' repository and cannot be overwritten "
      + "because the repository is immutable."
    let one = one
    func error(_ code: String, _ message: String) -> String {
      #"{"code":"\#(code)","message":"\#(message)"}"#
    }
    let errors = [
      error("TAG_INVALID", words), error("TAG_INVALID", words), error("B", "b"), error("C", "\\u001b[31mc"),
      error("D", "d"), error("E", ""),
    ].joined(separator: ",")
    let server = try ScriptedServer {
      $0.method == "GET" ? one.reply : .response(400, body: #"{"errors":[\#(errors)]}"#)
    }
    let refusal = await registryError {
      try await RegistryClient(url: server.url).put(one.digest, to: staging)
    }
    #expect(
      refusal?.description
        == "PUT 127.0.0.1:\(server.port)/v2/team/prereqs/manifests/alpine-staging: the registry answered 400 "
        + "TAG_INVALID \"\(words)\", B \"b\", C \"\\u{1b}[31mc\" and 2 more errors")
  }

  @Test func aLostAnswerLeavesTheOutcomeUnknown() async throws {
    let one = one
    let server = try ScriptedServer { $0.method == "GET" ? one.reply : .reset }
    let client = try RegistryClient(url: server.url)
    let lost = await registryError { try await client.put(one.digest, to: staging) }
    #expect(lost?.kind == .transport && lost?.isOutcomeUnknown == true)
    let never = await registryError {
      _ = try await RegistryClient(url: "http://registry.invalid").putManifest(
        one, to: .tag(staging.tag), in: repository)
    }
    #expect(never?.kind == .transport && never?.isOutcomeUnknown == false)
  }

  @Test(arguments: [
    ("bot", "SECRET"), ("", ""), ("a", ""), ("ab", "SECRET"), ("abc", "SECRET"),
    ("käse", String(repeating: "SECRET", count: 40)),
  ])
  func basicAuthorization(username: String, password: String) async throws {
    let password = password.replacing("SECRET", with: testSecret())
    var behaviour = FakeRegistry.Behaviour()
    behaviour.override = basicChallenge
    let registry = try FakeRegistry(behaviour)
    let credentials = try RegistryCredentials(username: username, password: password)
    #expect(try await RegistryClient(url: registry.url, credentials: credentials).tags(in: repository) == [])
    #expect(registry.requests.map { $0.header("Authorization") } == [nil, basicField(username, password)])
  }
}
