import Model
import Registry
import TestSupport
import Testing

/// What `tagkeeper doctor` learns, and that it leaves nothing.
@Suite struct ExaminationTests {
  let one = ImagePusher.manifest("one")

  private func registry() throws -> FakeRegistry {
    let registry = try FakeRegistry()
    registry.store(one, as: staging.tag, in: repository)
    return registry
  }

  private func client(_ reply: ScriptedReply) throws -> (RegistryClient, ScriptedServer) {
    let server = try ScriptedServer { _ in reply }
    return (try RegistryClient(url: server.url), server)
  }

  @Test(arguments: [
    ([("Gitlab-Container-Registry-Version", "4.2.0-gitlab")], RegistryKind.gitlab),
    ([("X-JFrog-Version", "Artifactory/7.90.5 79005900")], .artifactory),
    (
      [
        (
          "WWW-Authenticate",
          #"Bearer realm="http://HOST/service/token",service="harbor-registry""#
        )
      ], .harbor
    ),
    (
      [("WWW-Authenticate", #"Bearer realm="http://HOST/v2/auth",service="quay.example""#)],
      .other
    ),
  ])
  func anAnswerTellsTheKindWhereItIsCertain(
    headers: [(String, String)], expected: RegistryKind
  ) async throws {
    let version = [("Docker-Distribution-Api-Version", "registry/2.0")]
    let server = try ScriptedServer { request in
      .response(
        401, (headers + version).map { ($0.0, $0.1.replacing("HOST", with: request.header("Host") ?? "")) })
    }
    let introduction = try await RegistryClient(url: server.url).introduce()
    #expect(introduction.kind == expected && introduction.date == nil)
  }

  @Test(arguments: [
    ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z" as String?),
    ("Thu, 29 Feb 2024 00:00:00 GMT", "2024-02-29T00:00:00Z"),
    ("Tue, 01 Oct 2024 23:59:59 GMT", "2024-10-01T23:59:59Z"), ("Sun, 06 Nov 1994 08:49:37 CET", nil),
    ("Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z"), ("Sun, 31 Nov 1994 08:49:37 GMT", nil), ("", nil),
  ])
  func readsTheHostsClock(text: String, expected: String?) async throws {
    let (client, server) = try client(.response(200, [("Date", text)], body: "{}"))
    let introduction = try await client.introduce()
    #expect(Set(server.requests.map(\.target)) == ["/v2/"])
    #expect(introduction.date == (try expected.map { try Timestamp($0) }))
    #expect(introduction.credentials == .notAskedFor)
  }

  @Test func thePasswordIsShownToTheRegistry() async throws {
    let answer = #"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#
    let right = basicField("bot", testSecret("correct"))
    let server = try ScriptedServer { request in
      if request.header("Authorization") == right { return .response(200, body: "{}") }
      return .response(401, [("WWW-Authenticate", "Basic realm=\"x\"")], body: answer)
    }
    let host = server.url.dropFirst("http://".count)
    func examine(_ credentials: RegistryCredentials) async throws -> CredentialsExamination {
      try await RegistryClient(url: server.url, credentials: credentials).introduce().credentials
    }
    #expect(
      try await examine(RegistryCredentials(username: "bot", password: testSecret("correct")))
        == .taken(user: "bot", origin: "the configuration"))
    #expect(
      try await examine(RegistryCredentials(username: "bot", password: testSecret("wrong")))
        == .refused(
          user: "bot",
          "GET \(host)/v2/: the registry answered 401 UNAUTHORIZED \"authentication required\"; check the credentials for "
            + "\(host), which are from the configuration"))
    #expect(
      try await examine(.anonymous)
        == .missing(
          "\(host) asks for a user name and a password; there are no credentials for \(host): give username and "
            + "passwordFile in the configuration, for a source below hosts, or run docker login \(host)"))
    #expect(Set(server.requests.map(\.target)) == ["/v2/"])
  }

  @Test func everybodyMayGetAToken() async throws {
    let registry = try GuardedRegistry()
    #expect(try await registry.client().introduce().credentials == .anonymous)
    let someone = try RegistryCredentials(username: "bot", password: testSecret())
    #expect(
      try await registry.client(someone).introduce().credentials
        == .taken(user: "bot", origin: "the configuration"))
  }

  @Test func thePullTellsTheQuota() async throws {
    let (client, server) = try client(
      .answer(
        status: 200,
        headers: manifestFields + [
          ("Docker-Content-Digest", one.digest.description), ("ratelimit-limit", "100;w=21600"),
          ("ratelimit-remaining", "76;w=21600"), ("docker-ratelimit-source", "192.0.2.1"),
        ], body: one.bytes))
    let pull = await client.examinePull(of: staging)
    #expect(pull.observation == .present(one.digest))
    #expect(pull.quotas == ["ratelimit-limit: 100;w=21600", "ratelimit-remaining: 76;w=21600"])
    #expect(server.requests.allSatisfy { $0.method == "HEAD" })
  }

  @Test func anUploadIsBegunAndCancelled() async throws {
    for isAbsolute in [false, true] {
      let server = try ScriptedServer { request in
        let path = "/v2/team/prereqs/blobs/uploads/1?_state=x"
        let location = isAbsolute ? "http://\(request.header("Host")!)\(path)" : path
        return request.method == "POST" ? .response(202, [("Location", location)]) : .response(204)
      }
      #expect(try await RegistryClient(url: server.url).examinePush(in: repository) == .granted)
      #expect(
        server.requests.map { "\($0.method) \($0.target)" } == [
          "POST /v2/team/prereqs/blobs/uploads/", "DELETE /v2/team/prereqs/blobs/uploads/1?_state=x",
        ])
    }
  }

  @Test(arguments: ["https://storage.example/upload", "//storage.example/upload"])
  func anUploadElsewhereIsLeft(location: String) async throws {
    let (client, server) = try client(.response(202, [("Location", location)]))
    let right = await client.examinePush(in: repository)
    guard case .unknown(let reason) = right else {
      Issue.record("no image could be pushed there: \(right)")
      return
    }
    #expect(reason.contains("the registry names a place for the upload that is not on \(server.url)"))
    #expect(server.requests.count == 1)
  }

  @Test(arguments: [(401, true), (403, true), (405, true), (404, false), (429, false), (500, false)])
  func theRightToPushIsDeniedOrUnknown(status: Int, isDenied: Bool) async throws {
    let (client, server) = try client(.response(status))
    let right = await client.examinePush(in: repository)
    #expect(server.requests.map(\.method) == ["POST"])
    switch right {
    case .denied(let text):
      #expect(isDenied && text.contains("the registry answered \(status)"))
    case .unknown(let text):
      #expect(!isDenied && text.contains("the registry answered \(status)"))
    case .granted: Issue.record("granted by a \(status)")
    }
  }

  @Test(arguments: [
    (RegistryKind.other, FakeRegistry.Behaviour.TagDeletion.native, TagDeletionExamination.nativeOnceProven),
    (.quay, .native, .native), (.other, .digestInvalid, .emulated), (.harbor, .unsupported, .emulated),
    (.ghcr, .native, .impossible("GitHub Container Registry deletes no tag by the registry API")),
  ])
  func theWayOfDeletionIsLearnedWithoutAWrite(
    kind: RegistryKind, deletion: FakeRegistry.Behaviour.TagDeletion, expected: TagDeletionExamination
  ) async throws {
    let registry = try registry()
    registry.configure { $0.tagDeletion = deletion }
    let client = try RegistryClient(url: registry.url, as: kind)
    #expect(await client.examineDeletion(in: repository) == expected)
    #expect(registry.requests.allSatisfy { ["DELETE", "HEAD", "GET"].contains($0.method) })
    #expect(!registry.requests.contains { $0.path.hasSuffix(staging.tag.description) })
    #expect(registry.tags(in: repository) == [staging.tag])
  }

  @Test func deletionsThatAreOffAreImpossible() async throws {
    let registry = try registry()
    registry.configure { $0.tagDeletion = .unsupported }
    registry.configure { $0.deletesManifests = false }
    guard
      case .impossible(let text) = try await RegistryClient(url: registry.url)
        .examineDeletion(in: repository)
    else {
      Issue.record("deletes are off")
      return
    }
    #expect(text.contains("/manifests/sha256:"))
    #expect(text.hasSuffix("the registry answered 405 UNSUPPORTED \"scripted\""))
    let google = try RegistryClient(url: registry.url, as: .artifactRegistry)
    guard case .impossible = await google.examineDeletion(in: repository) else {
      Issue.record("no tombstone is of use there")
      return
    }
  }

  @Test(arguments: [
    (401, RegistryKind.other, true), (403, .other, true), (403, .acr, true), (404, .other, false),
    (500, .acr, false),
  ])
  func theRightToDeleteIsDeniedOrUnknown(status: Int, kind: RegistryKind, isDenied: Bool) async throws {
    let server = try ScriptedServer { _ in .response(status) }
    let way = try await RegistryClient(url: server.url, as: kind).examineDeletion(in: repository)
    #expect(!server.requests.isEmpty)
    switch way {
    case .denied: #expect(isDenied)
    case .unknown: #expect(!isDenied)
    default: Issue.record("\(way) by a \(status)")
    }
  }

  @Test func anACRDeletesByItsOwnInterface() async throws {
    let server = try ScriptedServer { request in
      request.target == "/v2/"
        ? .response(200, body: "{}") : .response(404, body: #"{"errors":[{"code":"TAG_UNKNOWN"}]}"#)
    }
    let client = try RegistryClient(url: server.url, as: .acr)
    #expect(await client.examineDeletion(in: repository) == .native)
    #expect(
      server.requests.map { "\($0.method) \($0.target)" } == [
        "HEAD /v2/team/prereqs/manifests/tagkeeper-deletion-proof", "GET /v2/",
        "DELETE /acr/v1/team%2Fprereqs/_tags/tagkeeper-deletion-proof",
      ])
  }

  /// Somebody's, or that of a daemon which is just trying.
  @Test(arguments: [RegistryKind.other, .quay, .acr])
  func aTagThatIsCalledLikeOursIsNotDeleted(kind: RegistryKind) async throws {
    let registry = try registry()
    registry.configure { $0.tagDeletion = .native }
    let proof = tag("tagkeeper-deletion-proof")
    registry.store(one, as: proof.tag, in: repository)
    let client = try RegistryClient(url: registry.url, as: kind)
    #expect(
      try await client.examineDeletion(in: repository)
        == .unknown(
          "\(registry.address.authority)/team/prereqs: not tried: the tag tagkeeper-deletion-proof, on which it would be, "
            + "is there and has \(one.digest.short)"))
    #expect(registry.tags(in: repository).contains(proof.tag))
  }

  @Test(arguments: [
    (FakeRegistry.Behaviour.DigestListing?.none, ListingExamination.tellsTags),
    (.google, .tellsDigests),
  ])
  func tellsWhatAListingTells(
    listing: FakeRegistry.Behaviour.DigestListing?, expected: ListingExamination
  ) async throws {
    let registry = try registry()
    registry.configure { $0.digestListing = listing }
    let client = try RegistryClient(url: registry.url)
    #expect(await client.examineListing(of: repository) == expected)
    #expect(await client.examineListing(of: try RepositoryName("team/new")) == .nothingThere)
  }

  @Test func referrersAreFoundByTheAPIOrByTags() async throws {
    let index = [("Content-Type", MediaType.ociIndex.rawValue)]
    for (reply, expected) in [
      (
        ScriptedReply.response(200, index, body: #"{"schemaVersion":2,"manifests":[]}"#),
        ReferrersExamination.api
      ),
      (.response(404), .fallbackTag), (.response(405), .fallbackTag), (.response(501), .fallbackTag),
      (.response(400, body: #"{"errors":[{"code":"UNSUPPORTED"}]}"#), .fallbackTag),
      (.response(200, [("Content-Type", "text/html")], body: "<html>"), .fallbackTag),
    ] {
      let (client, server) = try client(reply)
      #expect(await client.examineReferrers(of: one.digest, in: repository) == expected)
      #expect(server.requests.map(\.target) == ["/v2/team/prereqs/referrers/\(one.digest)"])
    }
    for reply in [
      ScriptedReply.response(200, index, body: "<html>"), .response(400), .response(403), .response(500),
      .reset,
    ] {
      let (client, server) = try client(reply)
      let found = await client.examineReferrers(of: one.digest, in: repository)
      guard case .unknown = found, !server.requests.isEmpty else {
        Issue.record("no registry says so")
        continue
      }
    }
  }
}
