import Model
import Synchronization
import TestSupport
import Testing

@testable import Registry

/// A demand that could not be met is put to the registry again: it may ask for something else by then.
@Suite(.timeLimit(.minutes(10))) struct DoubtedDemandTests {
  private let clock = TestClock()
  private let password: RegistryCredentials
  private let tags = (0..<100).map { tag("tag-\($0)") }
  private let others: [TagReference]

  init() throws {
    password = try RegistryCredentials(username: "bot", password: testSecret())
    others = try (0..<20).map { TagReference(try RepositoryName("team/\($0)"), staging.tag) }
  }

  @Test(arguments: [false, true])
  func aRegistryThatAskedForAPasswordOnceIsOpenAgain(hasToken: Bool) async throws {
    let asks = Atomic(true)
    let manifest = ImagePusher.manifest("one")
    let server = try ScriptedServer { request in
      if asks.load(ordering: .relaxed) {
        return .response(401, [("WWW-Authenticate", "Basic realm=\"test\"")])
      }
      return request.path == "/v2/" ? .response(200, body: "{}") : manifest.reply
    }
    let credentials = hasToken ? try RegistryCredentials(registryToken: testSecret()) : .anonymous
    let client = try RegistryClient(url: server.url, credentials: credentials, timing: clock.timing)
    for other in others { #expect(await !client.observe(other).isKnown) }
    #expect(server.requests.map(\.path).count { $0 == "/v2/" } == 1 && server.requests.count == 2)
    asks.store(false, ordering: .relaxed)
    clock.advance(by: .seconds(1))
    #expect(await !client.observe(staging).isKnown)
    #expect(Set(await client.observe(others).values) == [.present(manifest.digest)])
    #expect(server.requests.count == 2 + 1 + others.count)
    #expect(server.requests.allSatisfy { $0.header("Authorization") == nil })
  }

  /// Whoever answers in the registry's place says nothing of what it wants; nor does what is open to all, where there is
  /// something to show. Repositories that are hidden from whoever shows nothing would be taken for empty.
  @Test(arguments: [
    (ScriptedReply.response(404), true), (.response(403), true), (.response(500), true), (.reset, true),
    (.response(200, body: "<html>"), true), (.response(200, body: "{}"), false),
    (.response(401, [("WWW-Authenticate", "Basic realm=\"portal\"")]), true),
  ])
  func whatIsWantedStaysWanted(inquiry: ScriptedReply, isAnonymous: Bool) async throws {
    let isHidden = Atomic(false)
    let server = try ScriptedServer { request in
      switch request.path {
      case "/token": return .response(500)
      case "/v2/": return inquiry
      default:
        if isHidden.load(ordering: .relaxed) { return .response(404) }
        let realm = "http://\(request.header("Host")!)/token"
        return .response(401, [("WWW-Authenticate", "Bearer realm=\"\(realm)\",scope=\"\(request.path)\"")])
      }
    }
    let client = try RegistryClient(
      url: server.url, credentials: isAnonymous ? .anonymous : password, timing: clock.timing)
    for round in 0..<3 {
      #expect(await client.observe(others).values.allSatisfy { !$0.isKnown }, "round \(round)")
      #expect(server.requests.contains { $0.path == "/v2/" })
      // Without a token no repository is asked again.
      #expect(server.requests.count { $0.path.hasSuffix("/manifests/\(staging.tag)") } == others.count)
      isHidden.store(true, ordering: .relaxed)
      clock.advance(by: .seconds(300))
    }
  }

  /// Where there was a password, nothing is asked without one: what is hidden from others would be taken for absent.
  @Test func aPasswordThatIsGoneIsStillWanted() async throws {
    let server = try ScriptedServer { request in
      if request.path == "/v2/" { return .response(200, body: "{}") }
      guard request.header("Authorization") == nil else { return ImagePusher.manifest("one").reply }
      // All but one are hidden.
      return request.path.contains("/team/0/")
        ? .response(401, [("WWW-Authenticate", "Basic realm=\"test\"")]) : .response(404)
    }
    try await withTemporaryDirectory { folder in
      let file = #"{"auths":{"127.0.0.1:\#(server.port)":{"username":"bot","password":"\#(testSecret())"}}}"#
      try folder.write(file, to: "config.json")
      let chain = try CredentialChain(
        host: "127.0.0.1:\(server.port)", configured: nil,
        environment: ["DOCKER_CONFIG": folder.path, "HOME": folder("home")])
      let client = try RegistryClient(url: server.url, credentials: chain, timing: clock.timing)
      for other in others { #expect(await client.observe(other).digest != nil) }
      try folder.remove("config.json")
      let hidden = try (20..<40).map { TagReference(try RepositoryName("team/\($0)"), staging.tag) }
      for _ in 0..<3 {
        clock.advance(by: .seconds(300))
        #expect(await client.observe(hidden).values.allSatisfy { !$0.isKnown })
      }
    }
  }

  @Test func aRealmThatIsMendedIsAsked() async throws {
    let registry = try GuardedRegistry { $0.realm = "http://169.254.169.254/token" }
    let client = try registry.client(password, timing: clock.timing)
    for tag in tags { #expect(await !client.observe(tag).isKnown) }
    registry.configure { $0.realm = nil }
    clock.advance(by: .seconds(1))
    #expect(await !client.observe(tags[0]).isKnown)
    #expect(Set(await client.observe(tags).values) == [.present(registry.manifest.digest)])
    #expect(registry.tokenRequests.count == 1)
  }

  /// What the former service answers: to nobody, to no password, for no such scope, and to no such path.
  @Test(arguments: [503, 401, 403, 404]) func aTokenServiceThatMovedIsFound(status: Int) async throws {
    let isGone = Atomic(false)
    let former = try ScriptedServer { request in
      if isGone.load(ordering: .relaxed) { return .response(status) }
      let token = testSecret(request.parameters["scope"]?.first ?? "")
      return .response(200, body: #"{"token":"\#(token)","expires_in":60}"#)
    }
    let registry = try GuardedRegistry { [others] in
      $0.realm = former.url + "/token"
      for other in others {
        let scope = "repository:\(other.repository):pull"
        $0.tokens[testSecret(scope)] = scope
      }
    }
    let client = try registry.client(password, timing: clock.timing)
    for other in others { #expect(await client.observe(other).isKnown) }
    registry.configure { $0.realm = nil }
    isGone.store(true, ordering: .relaxed)
    clock.advance(by: .seconds(60))
    // The first that is not served asks, for all.
    #expect(await !client.observe(others[0]).isKnown)
    let before = former.requests.count
    // Credentials that were refused have a pause, after which one tries.
    clock.advance(by: .seconds(1))
    #expect(await client.observe(others[0]).isKnown)
    #expect(Set(await client.observe(others).values) == [.present(registry.manifest.digest)])
    #expect(former.requests.count == before && registry.tokenRequests.count == others.count)
  }
}
