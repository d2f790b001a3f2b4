import HTTPClient
import Model
import Registry
import Synchronization
import TestSupport
import Testing

@Suite struct ObservationTests {
  let one = ImagePusher.manifest("one")

  private func message(_ observation: Observation) -> String? {
    if case .unknown(let failure) = observation { failure.message } else { nil }
  }

  @Test func presentByOneHeadWithAllMediaTypes() async throws {
    let registry = try FakeRegistry()
    registry.store(one, as: staging.tag, in: repository)
    let client = try RegistryClient(
      url: registry.url, credentials: RegistryCredentials(username: "bot", password: testSecret()))
    #expect(await client.observe(staging) == .present(one.digest))
    let request = try #require(registry.requests.first)
    #expect(registry.requests.count == 1 && request.method == "HEAD")
    #expect(request.target == "/v2/team/prereqs/manifests/alpine-staging")
    // Nobody asked for the credentials.
    #expect(request.header("Authorization") == nil)
    #expect(
      request.headers.filter { $0.name == "Accept" }.map(\.value) == [
        "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, "
          + "application/vnd.docker.distribution.manifest.v2+json, "
          + "application/vnd.docker.distribution.manifest.list.v2+json"
      ])
  }

  @Test(arguments: [nil, "sha512:" + String(repeating: "0", count: 128), "garbage"])
  func withoutAUsableDigestTheManifestIsHashed(digest: String?) async throws {
    let one = one
    let fields = manifestFields + (digest.map { [("Docker-Content-Digest", $0)] } ?? [])
    let server = try ScriptedServer { _ in .answer(status: 200, headers: fields, body: one.bytes) }
    #expect(await (try RegistryClient(url: server.url)).observe(staging) == .present(one.digest))
    #expect(server.requests.map(\.method) == ["HEAD", "GET"])
  }

  @Test func aDigestThatBelongsToOtherBytesIsUnknown() async throws {
    let one = one
    let claimed = sha256(Array("other".utf8))
    let server = try ScriptedServer { request in
      .answer(
        status: 200,
        headers: manifestFields
          + (request.method == "GET" ? [("Docker-Content-Digest", claimed.description)] : []),
        body: one.bytes)
    }
    let observation = await (try RegistryClient(url: server.url)).observe(staging)
    #expect(
      message(observation)
        == "GET 127.0.0.1:\(server.port)/v2/team/prereqs/manifests/alpine-staging: the registry calls \(claimed) "
        + "what hashes to \(one.digest)")
  }

  @Test(arguments: [
    (401, " UNAUTHORIZED \"scripted\"; check the credentials for HOST"),
    (403, " DENIED \"scripted\"; check what the credentials for HOST may do"),
    (
      429,
      " TOOMANYREQUESTS \"scripted\"; it limits requests: try again later, or set requestsPerSecond below its limit"
    ),
    (400, " NAME_INVALID \"scripted\""),
    (418, " TEAPOT \"scripted\""),
  ])
  func otherStatusesAreUnknown(status: Int, words: String) async throws {
    let code = words.split(separator: " ")[0]
    let body = #"{"errors":[{"code":"\#(code)","message":"scripted"}]}"#
    // No registry sends a body to HEAD: the digest is left out so that the GET's words are seen.
    let server = try ScriptedServer { request in
      request.method == "HEAD"
        ? .answer(status: 200, headers: manifestFields, body: []) : .response(status, body: body)
    }
    let observation = await (try RegistryClient(url: server.url)).observe(staging)
    let host = "127.0.0.1:\(server.port)"
    let message =
      "GET \(host)/v2/team/prereqs/manifests/alpine-staging: the registry answered \(status)"
      + words.replacing("HOST", with: host)
    #expect(observation == .unknown(Observation.Failure(message)))
    #expect(server.requests.count == (status == 429 ? 7 : 2))
  }

  @Test func anotherContentTypeIsUnknown() async throws {
    let server = try ScriptedServer { _ in .response(200, [("Content-Type", "text/html")], body: "<html>") }
    let observation = await (try RegistryClient(url: server.url)).observe(staging)
    let host = "127.0.0.1:\(server.port)"
    #expect(
      message(observation)
        == "HEAD \(host)/v2/team/prereqs/manifests/alpine-staging: answered 200 with the content type \"text/html\", "
        + "which is no manifest's; check whether a proxy or a portal stands before \(host)")
  }

  /// What a store of objects lacks may still be the registry's.
  @Test(arguments: [
    ([("Content-Type", "application/xml")], false), ([("Content-Type", "application/json")], true),
    ([("Docker-Distribution-Api-Version", "registry/2.0")], true), ([], false),
  ])
  func a404BehindARedirectIsBelievedOfARegistryAlone(fields: [(String, String)], isBelieved: Bool)
    async throws
  {
    let elsewhere = try ScriptedServer { _ in .response(404, fields) }
    let server = try ScriptedServer { request in
      request.path == "/v2/"
        ? .response(200, body: "{}") : .response(307, [("Location", elsewhere.url + "/bucket/one")])
    }
    let client = try RegistryClient(url: server.url)
    let observation = await client.observe(staging)
    #expect((observation == .absent) == isBelieved)
    if !isBelieved {
      #expect(
        message(observation)
          == "HEAD 127.0.0.1:\(server.port)/v2/team/prereqs/manifests/alpine-staging: answered 404 by what a redirect led "
          + "to, which is not a registry: whether the tag is there is not known; check the registry's storage"
      )
    }
  }

  @Test func aPageFor404IsUnknownThoughTheHostIsARegistry() async throws {
    let server = try ScriptedServer { request in
      request.target == "/v2/"
        ? .response(200, [("Docker-Distribution-Api-Version", "registry/2.0")])
        : .response(404, [("Content-Type", "text/html")])
    }
    let client = try RegistryClient(url: server.url)
    try await client.identify()
    guard case .unknown = await client.observe(staging) else {
      Issue.record("a page is not a registry's 404")
      return
    }
  }

  @Test(arguments: [
    ScriptedReply.reset, .truncated(status: 404, headers: [], body: [1, 2], bytes: 1), .raw("junk\r\n\r\n"),
  ])
  func faultsOfTransportAreUnknown(reply: ScriptedReply) async throws {
    let one = one
    let server = try ScriptedServer {
      $0.method == "HEAD" ? .answer(status: 200, headers: manifestFields, body: one.bytes) : reply
    }
    let observation = await (try RegistryClient(url: server.url)).observe(staging)
    #expect(message(observation)?.hasPrefix("GET 127.0.0.1:\(server.port)/v2/team/prereqs/") == true)
  }

  @Test func aServerErrorIsAskedThreeTimes() async throws {
    let pauses = Mutex<[Duration]>([])
    let registry = try FakeRegistry()
    registry.store(one, as: staging.tag, sibling.tag, in: repository)
    registry.configure { $0.serverErrors = [staging.tag: 2, sibling.tag: 3] }
    let retries = RequestRetries(
      sleep: { pause in pauses.withLock { $0.append(pause) } }, jitter: { 0.5 })
    let client = RegistryClient(
      try registry.address, transport: try Transport(userAgent: "tagkeeper/test"), retries: retries)
    #expect(await client.observe(staging) == .present(one.digest))
    #expect(pauses.withLock { $0 } == [.milliseconds(50), .milliseconds(100)])
    let host = try registry.address.authority
    #expect(
      await client.observe(sibling)
        == .unknown(
          Observation.Failure(
            isServerError: true,
            "HEAD \(host)/v2/team/prereqs/manifests/alpine-sibling: the registry answered 500")))
    #expect(registry.count("HEAD") == 6)
  }

  @Test func manyTagsAreObservedAtOnceAndEachByItself() async throws {
    let registry = try FakeRegistry()
    let manifests = (0..<40).map { ImagePusher.manifest("image \($0)") }
    let tags = (0..<120).map { tag("tag-\($0)") }
    for (index, tag) in tags.enumerated() where index % 3 == 0 {
      registry.store(manifests[index / 3], as: tag.tag, in: repository)
    }
    registry.configure { behaviour in
      for index in stride(from: 1, to: 120, by: 3) { behaviour.serverErrors[tags[index].tag] = 99 }
    }
    let observations = await (try RegistryClient(url: registry.url)).observe(tags)
    #expect(observations.count == 120)
    for (index, tag) in tags.enumerated() {
      switch index % 3 {
      case 0: #expect(observations[tag] == .present(manifests[index / 3].digest))
      case 1: #expect(message(observations[tag]!) != nil)
      default: #expect(observations[tag] == .absent)
      }
    }
    #expect(await (try RegistryClient(url: registry.url)).observe([]) == [:])
  }

  /// A registry that hangs must not be waited for once a tag.
  @Test(arguments: [
    (ScriptedReply.reset, "the connection was cut: Recv failure: Connection reset by peer"),
    (
      .response(429, [("Retry-After", "3600")]),
      "not sent: the server asks to wait; no such request is sent before 1994-11-06 09:49:37 UTC"
    ),
  ])
  func aHostThatAnswersNoneInARowIsGivenUp(reply: ScriptedReply, words: String) async throws {
    let server = try ScriptedServer { _ in reply }
    let client = try RegistryClient(url: server.url, concurrency: 1)
    let answers = await client.observe((0..<5).map { tag("tag-\($0)") })
    let path = "/v2/team/prereqs/manifests/tag-0"
    let message = "HEAD 127.0.0.1:\(server.port)\(path): \(words)"
    #expect(answers.count == 5 && Set(answers.values) == [.unknown(Observation.Failure(message))])
    #expect(Set(server.requests.map(\.path)) == [path])
  }

  @Test(arguments: [200, 403]) func anyAnswerInBetweenIsAnAnswer(status: Int) async throws {
    let gate = Gate()
    let answer = status == 200 ? one.reply : .response(status)
    let server = try ScriptedServer { request in
      switch request.path.split(separator: "/").last {
      case "held": return .held(gate, then: answer)
      case "silent-1": return .reset
      case "silent-2":
        gate.open()
        return .reset
      default: return answer
      }
    }
    // The one request is held, so that the others follow each other.
    let client = try RegistryClient(url: server.url, concurrency: 2)
    let last = (0..<50).map { "last-\($0)" }
    _ = await client.observe((["held", "silent-1", "between", "silent-2"] + last).map { tag($0) })
    #expect(server.requests.count { $0.path.contains("/last-") } == 50)
  }

  @Test func aCancelledSweepReturnsWhatFinishedAndInventsNothing() async throws {
    let one = one
    let server = try ScriptedServer { $0.target.hasSuffix("/quick") ? one.reply : .stall }
    let client = try RegistryClient(url: server.url, concurrency: 2)
    let sweep = Task { await client.observe([tag("quick"), tag("slow"), tag("slower"), tag("never")]) }
    await server.waitForRequests(3)
    sweep.cancel()
    #expect(await sweep.value == [tag("quick"): .present(one.digest)])
  }
}
