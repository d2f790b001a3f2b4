import LinuxSystem
import Model
import Synchronization
import TestSupport
import Testing

@testable import Registry

/// Authentication that fails: what is said, how often it is tried, and that nothing secret is in it.
@Suite struct RefusalTests {
  let clock = TestClock()
  let password: RegistryCredentials

  init() throws { password = try RegistryCredentials(username: "bot", password: testSecret()) }

  private func message(_ observation: Observation) -> String? {
    if case .unknown(let failure) = observation { failure.message } else { nil }
  }

  /// The seconds before each of the next `count` attempts, where `ask` asks once a second.
  private func pauses(
    _ count: Int, between attempts: () -> Int, _ ask: () async -> Void
  ) async -> [Int] {
    var pauses: [Int] = []
    for _ in 0..<count {
      var seconds = 0
      let before = attempts()
      while attempts() == before {
        clock.advance(by: .seconds(1))
        seconds += 1
        await ask()
      }
      pauses.append(seconds)
    }
    return pauses
  }

  @Test func aHostIsAskedOnceABackoffAndNotOnceATag() async throws {
    let denied = ScriptedReply.response(
      401, body: #"{"errors":[{"code":"UNAUTHORIZED","message":"bot:\#(testSecret()) is wrong"}]}"#)
    let registry = try GuardedRegistry { $0.scripted = Array(repeating: denied, count: 100) }
    let client = try registry.client(password, timing: clock.timing)
    let tags = (0..<500).map { tag("tag-\($0)") }
    let messages = Set(await client.observe(tags).values.map(message))
    #expect(
      messages == [
        "GET \(registry.host)/token: the token service answered 401 UNAUTHORIZED \"bot:(redacted) is wrong\"; check the "
          + "credentials for \(registry.host), which are from the configuration"
      ])
    // Those in flight at first, the token request, and the question of what is wanted.
    #expect(registry.tokenRequests.count == 1 && registry.requests.count <= 18)
    // 1, 2, 4, … s; within them nothing is sent, for other repositories neither.
    let before = registry.requests.count
    let pauses = await pauses(10, between: { registry.tokenRequests.count }) {
      _ = await client.observe(Array(tags.prefix(5)))
    }
    #expect(pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300])
    #expect(registry.requests.count == before + 2 * 10)
  }

  /// As it is when the credentials' files change while the answer is on its way.
  @Test func aRefusalOfWhatIsForgottenIsSaidAndNotRemembered() async throws {
    let registry = try GuardedRegistry()
    let client = try registry.client(password, timing: clock.timing)
    let error = await client.authenticator.refusal(
      "GET x: the registry answered 401", of: Access(.pull, staging.repository),
      sentWith: Authorization("Bearer \(testSecret("gone"))", obtained: .zero))
    #expect(
      error.description
        == "GET x: the registry answered 401; check the credentials for \(registry.host), which are from the "
        + "configuration")
    #expect(await client.observe(staging).isKnown)
  }

  @Test func theCredentialsOfOnePlaceAreTriedForOneRepositoryOnly() async throws {
    let registry = try GuardedRegistry { $0.scripted = Array(repeating: .response(401), count: 100) }
    let client = try registry.client(password, timing: clock.timing)
    let others = try (0..<20).map { TagReference(try RepositoryName("team/\($0)"), staging.tag) }
    _ = await client.observe(others[0])
    for other in others { #expect(message(await client.observe(other)) != nil) }
    #expect(registry.tokenRequests.count == 1)
    clock.advance(by: .seconds(1))
    for other in others { #expect(message(await client.observe(other)) != nil) }
    #expect(registry.tokenRequests.count == 2)
  }

  /// Also one that was taken a minute ago.
  @Test(arguments: [false, true])
  func aWrongPasswordIsShownToATokenServiceByOneOfMany(wasTaken: Bool) async throws {
    let registry = try GuardedRegistry()
    let client = try registry.client(password, timing: clock.timing)
    if wasTaken {
      #expect(await client.observe(staging).isKnown)
      clock.advance(by: .seconds(60))
    }
    try await expectOneOfManyToShowIt(client, registry)
  }

  /// Fails unless one alone of many requests shows the token service what that refuses.
  private func expectOneOfManyToShowIt(_ client: RegistryClient, _ registry: GuardedRegistry) async throws {
    let gate = Gate()
    let (before, tokens) = (registry.requests.count, registry.tokenRequests.count)
    registry.configure {
      $0.scripted = Array(repeating: .response(401), count: 100)
      $0.gate = gate
    }
    let others = try (0..<100).map { TagReference(try RepositoryName("team/\($0)"), staging.tag) }
    async let answers = client.observe(others)
    // All that may be in flight were challenged, and one has shown the password.
    await registry.waitForRequests(before + 17)
    gate.open()
    #expect(await answers.values.allSatisfy { !$0.isKnown })
    #expect(registry.tokenRequests.count == tokens + 1)
  }

  /// After a refusal, too: whatever is in its place now, and whenever the pause ends.
  @Test(arguments: [false, true])
  func aPasswordThatWasRefusedIsShownByOneOfMany(isOther: Bool) async throws {
    let registry = try GuardedRegistry { $0.scripted = Array(repeating: .response(401), count: 100) }
    let credentials = ChangingCredentials(password)
    let client = try registry.client(credentials, timing: clock.timing)
    #expect(await !client.observe(staging).isKnown)
    let others = try (0..<100).map { TagReference(try RepositoryName("team/\($0)"), staging.tag) }
    if isOther {
      credentials.change(try RegistryCredentials(username: "bot", password: testSecret("other")))
    }
    clock.advance(by: .seconds(60))
    let gate = Gate()
    registry.configure { $0.gate = gate }
    let (before, tokens) = (registry.requests.count, registry.tokenRequests.count)
    async let first = client.observe(others[0])
    await registry.waitForRequests(before + 2)
    // The one who tries is slow: another one may come in its place.
    clock.advance(by: .seconds(2))
    async let answers = client.observe(Array(others.dropFirst()))
    await registry.waitForRequests(before + 2 + 16)
    gate.open()
    #expect(await !first.isKnown)
    #expect(await answers.values.allSatisfy { !$0.isKnown })
    #expect(registry.tokenRequests.count == tokens + 1)
  }

  /// What was taken a moment ago is not what the file has by now.
  @Test func aNewPasswordOfAFileIsShownByOneOfMany() async throws {
    try await withTemporaryDirectory { folder in
      try folder.write(testSecret(), to: "password")
      let registry = try GuardedRegistry()
      let chain = try CredentialChain(
        host: registry.host, configured: .passwordFile(username: "bot", path: folder("password")),
        environment: [:])
      let client = try registry.client(chain, timing: clock.timing)
      #expect(await client.observe(staging).isKnown)
      clock.advance(by: .seconds(30))
      try folder.write(testSecret("wrong"), to: "password")
      try await expectOneOfManyToShowIt(client, registry)
    }
  }

  /// Who may not have one repository has shown a password that is right: nobody waits for it.
  @Test func aRepositoryThatIsDeniedSaysNothingOfThePassword() async throws {
    let gate = Gate()
    let registry = try GuardedRegistry { $0.scripted = [.response(403)] }
    let client = try registry.client(password, timing: clock.timing)
    #expect(await !client.observe(staging).isKnown)
    registry.configure { $0.gate = gate }
    let others = try (0..<5).map { TagReference(try RepositoryName("team/\($0)"), staging.tag) }
    async let answers = client.observe(others)
    await registry.waitForRequests(3 + 5 + 5)
    gate.open()
    #expect(await answers.values.allSatisfy(\.isKnown))
  }

  @Test func afterThePauseOneTriesForAll() async throws {
    let registry = try GuardedRegistry { $0.scripted = Array(repeating: .response(401), count: 100) }
    let client = try registry.client(password, timing: clock.timing)
    let others = try (0..<20).map { TagReference(try RepositoryName("team/\($0)"), staging.tag) }
    for other in others { _ = await client.observe(other) }
    let gate = Gate()
    registry.configure { $0.gate = gate }
    let before = registry.requests.count
    clock.advance(by: .seconds(1))
    async let trial = client.observe(others[0])
    await registry.waitForRequests(before + 1)
    for other in others.dropFirst() { #expect(message(await client.observe(other)) != nil) }
    #expect(registry.requests.count == before + 1)
    registry.configure { $0.scripted = [] }
    gate.open()
    _ = await trial
  }

  @Test func credentialsThatAreTakenAgainHoldNobody() async throws {
    let registry = try GuardedRegistry { $0.scripted = [.response(401)] }
    let client = try registry.client(password, timing: clock.timing)
    #expect(message(await client.observe(staging)) != nil)
    clock.advance(by: .seconds(1))
    #expect(await client.observe(staging) == .present(registry.manifest.digest))
    let other = TagReference(try RepositoryName("team/other"), staging.tag)
    #expect(await client.observe(other) == .present(registry.manifest.digest))
  }

  @Test func aScopeThatIsRefusedHoldsNoOther() async throws {
    let denied = ScriptedReply.response(403, body: #"{"errors":[{"code":"DENIED","message":"no"}]}"#)
    let registry = try GuardedRegistry { $0.scripted = [denied] }
    let client = try registry.client(password, timing: clock.timing)
    let other = TagReference(try RepositoryName("team/other"), staging.tag)
    #expect(
      message(await client.observe(staging))
        == "GET \(registry.host)/token: the token service answered 403 DENIED \"no\" to the request for "
        + "\"repository:team/prereqs:pull\"; check the credentials for \(registry.host), which are from the configuration"
    )
    #expect(await client.observe(other) == .present(registry.manifest.digest))
    #expect(message(await client.observe(staging)) != nil)
    #expect(registry.tokenRequests.count == 2)
  }

  /// 400 is about the request, as far as is known: it is said to be a refusal, and holds no other scope.
  @Test func aRequestThatATokenServiceCallsBadHoldsNoOther() async throws {
    let registry = try GuardedRegistry { $0.scripted = [.response(400)] }
    let client = try registry.client(password, timing: clock.timing)
    let error = await registryError { _ = try await client.get(.tag(staging.tag), in: repository) }
    #expect(error?.kind == .unauthorized)
    let other = TagReference(try RepositoryName("team/other"), staging.tag)
    #expect(await client.observe(other) == .present(registry.manifest.digest))
  }

  @Test func aNewTokenThatTheRegistryRefusesIsNotAskedForAgain() async throws {
    let registry = try GuardedRegistry { $0.refusal = { _ in nil } }
    let url = registry.url
    registry.configure {
      $0.refusal = { _ in
        .response(
          401,
          [
            (
              "WWW-Authenticate",
              "Bearer realm=\"\(url)/token\",service=\"test service\","
                + "scope=\"repository:team/prereqs:pull\",error=\"insufficient_scope\""
            )
          ])
      }
    }
    let client = try registry.client(timing: clock.timing)
    for _ in 0..<20 {
      #expect(
        message(await client.observe(staging))
          == "HEAD \(registry.host)/v2/team/prereqs/manifests/alpine-staging: the registry answered 401, with a token for "
          + "\"repository:team/prereqs:pull\"; there are no credentials for \(registry.host): give username and "
          + "passwordFile in the configuration, for a source below hosts, or run docker login \(registry.host)"
      )
    }
    #expect(registry.requests.count == 3)
  }

  @Test func scopesThatNeverDoEndAtThreeRequests() async throws {
    let registry = try GuardedRegistry()
    let url = registry.url
    registry.configure {
      $0.refusal = { request in
        let scope = "repository:x:\(request.header("Authorization")!.suffix(1))"
        return .response(401, [("WWW-Authenticate", "Bearer realm=\"\(url)/token\",scope=\"\(scope)\"")])
      }
    }
    #expect(message(await (try registry.client()).observe(staging)) != nil)
    #expect(registry.authorizations.count == 3 && registry.tokenRequests.count == 2)
  }

  @Test(arguments: [
    ("http://169.254.169.254/latest/token", "it is a link-local address"),
    ("ftp://127.0.0.1/", "it is not an http or https URL"),
  ])
  func aRealmThatIsRefusedGetsNothing(realm: String, reason: String) async throws {
    let registry = try GuardedRegistry { $0.realm = realm }
    let client = try registry.client(password, timing: clock.timing)
    for _ in 0..<5 {
      #expect(
        message(await client.observe(staging))
          == "\(registry.host): the registry names the token service \"\(realm)\": \(reason)")
    }
    #expect(registry.requests.map(\.path).count { $0 == "/v2/" } == 1 && registry.requests.count == 2)
  }

  /// As docker stores what it is told, and as the credentials' files are read.
  @Test(arguments: [
    ("https://r.example:443", "r.example"), ("http://r.example:80", "r.example"),
    ("https://r.example:80", "r.example:80"), ("https://r.example", "r.example"),
  ])
  func theLoginThatIsProposedIsForTheNameThatIsLookedUp(url: String, name: String) throws {
    let found = FoundCredentials(.anonymous, origin: "nowhere")
    #expect(found.remedy(for: try RegistryURL(url)).hasSuffix(" or run docker login \(name)"))
  }

  @Test func aTokenServicesRedirectIsNotFollowed() async throws {
    let elsewhere = try ScriptedServer(replies: [])
    let place = elsewhere.url + "/token"
    let registry = try GuardedRegistry { $0.scripted = [.response(307, [("Location", place)])] }
    #expect(
      message(await (try registry.client(password)).observe(staging))
        == "GET \(registry.host)/token: the token service answered 307, a redirect, which is not followed because the "
        + "request has the credentials")
    #expect(elsewhere.requests.isEmpty)
  }

  @Test(arguments: ["Basic realm=\"give\"", "Bearer realm=\"URL/token\""])
  func aChallengeFromBehindARedirectIsNotTheRegistrys(challenge: String) async throws {
    let thief = try ScriptedServer { request in
      let realm = challenge.replacing("URL", with: "http://\(request.header("Host")!)")
      return request.path == "/token"
        ? .response(200, body: #"{"token":"\#(testSecret("x"))"}"#)
        : .response(401, [("WWW-Authenticate", realm)])
    }
    let place = thief.url
    let registry = try ScriptedServer { _ in .response(307, [("Location", place + "/blob")]) }
    let client = try RegistryClient(url: registry.url, credentials: password)
    #expect(message(await client.observe(staging)) != nil)
    #expect(thief.requests.map(\.path) == ["/blob"] && registry.requests.count == 1)
    #expect((thief.requests + registry.requests).allSatisfy { $0.header("Authorization") == nil })
  }

  @Test(arguments: [
    ("{}", nil), ("[]", nil), ("", nil), (#"{"token":""}"#, nil), (#"{"token":"SECRET b"}"#, nil),
    (#"{"token":"SECRET\r\nX-Evil: 1"}"#, nil), (#"{"token":7}"#, nil),
    (#"{"token":"","access_token":"SECRET"}"#, "Bearer SECRET"),
    (#"{"token":"SECRET","expires_in":"soon"}"#, "Bearer SECRET"),
    (#"{"token":"SECRET","expires_in":1e300}"#, "Bearer SECRET"),
    (#"{"token":"SECRET","expires_in":null}"#, "Bearer SECRET"),
  ])
  func answersOfATokenService(body: String, authorization: String?) async throws {
    let registry = try GuardedRegistry {
      $0.scripted = [.response(200, body: body.replacing("SECRET", with: testSecret("mine")))]
      $0.tokens = [testSecret("mine"): "repository:team/prereqs:pull"]
    }
    let observation = await (try registry.client(password)).observe(staging)
    #expect(
      registry.authorizations == [nil]
        + (authorization.map { [$0.replacing("SECRET", with: testSecret("mine"))] } ?? [nil]))
    guard authorization == nil else { return }
    #expect(
      message(observation)
        == "GET \(registry.host)/token: the token service's answer has no token that a header can carry")
  }

  @Test func aServiceThatFailsIsTriedAgain() async throws {
    let registry = try GuardedRegistry { $0.scripted = [.reset, .response(503)] }
    #expect(await (try registry.client(password)).observe(staging) == .present(registry.manifest.digest))
    let down = try GuardedRegistry { $0.scripted = Array(repeating: .response(502), count: 9) }
    #expect(
      message(await (try down.client(password)).observe(staging))
        == "GET \(down.host)/token: the token service answered 502")
    #expect(down.tokenRequests.count == 3)
  }

  @Test func aServiceThatIsDownIsAskedOnceAPauseForAllRepositories() async throws {
    let registry = try GuardedRegistry { $0.scripted = Array(repeating: .response(503), count: 100) }
    let client = try registry.client(password, timing: clock.timing)
    let others = try (0..<20).map { TagReference(try RepositoryName("team/\($0)"), staging.tag) }
    for seconds in [0, 1, 2] {
      clock.advance(by: .seconds(seconds))
      for other in others {
        #expect(
          message(await client.observe(other))
            == "GET \(registry.host)/token: the token service answered 503")
      }
    }
    #expect(registry.tokenRequests.count == 9)
    // Once it answers, no scope waits for a pause of its own.
    registry.configure { $0.scripted = [] }
    clock.advance(by: .seconds(4))
    for other in others { #expect(await client.observe(other) == .present(registry.manifest.digest)) }
    #expect(registry.tokenRequests.count == 9 + 20)
  }

  /// What it fails at may be one repository's alone.
  @Test func aServiceThatFailsAtOneScopeHoldsNoOther() async throws {
    let registry = try GuardedRegistry()
    let client = try registry.client(password, timing: clock.timing)
    let others = try (0..<5).map { TagReference(try RepositoryName("team/\($0)"), staging.tag) }
    for _ in 0..<3 {
      registry.configure { $0.scripted = Array(repeating: .response(500), count: 3) }
      #expect(
        message(await client.observe(others[0]))
          == "GET \(registry.host)/token: the token service answered 500")
      for other in others.dropFirst() {
        #expect(await client.observe(other) == .present(registry.manifest.digest))
      }
      clock.advance(by: .seconds(300))
    }
  }

  // MARK: Basic

  @Test func aPasswordIsSentWhereTheHostAskedAndFromThenOn() async throws {
    let server = try ScriptedServer { basicChallenge($0) ?? .response(404) }
    let client = try RegistryClient(url: server.url, credentials: password)
    for repository in ["a", "b", "c"] {
      _ = await client.observe(TagReference(try RepositoryName(repository), staging.tag))
    }
    // A 404 is believed from a registry alone: that asks /v2/ once.
    #expect(server.requests.count { $0.header("Authorization") == nil } == 1)
  }

  @Test func aPasswordThatChangedIsReadAnew() async throws {
    let manifest = ImagePusher.manifest("one")
    let good = try RegistryCredentials(username: "bot", password: testSecret("new"))
    let server = try ScriptedServer { request in
      if let challenge = basicChallenge(request) { return challenge }
      guard request.header("Authorization") == basicField("bot", testSecret("new")) else {
        return .response(401, [("WWW-Authenticate", "Basic realm=\"test\"")])
      }
      return manifest.reply
    }
    let source = ChangingCredentials(password)
    let client = try RegistryClient(url: server.url, credentials: source, timing: clock.timing)
    let host = "127.0.0.1:\(server.port)"
    for _ in 0..<10 {
      #expect(
        message(await client.observe(staging))
          == "HEAD \(host)/v2/team/prereqs/manifests/alpine-staging: the registry answered 401; check the credentials for "
          + "\(host), which are from a test")
    }
    #expect(server.requests.count == 2)
    source.change(good)
    clock.advance(by: .seconds(1))
    #expect(await client.observe(staging) == .present(manifest.digest))
    #expect(server.requests.count == 3)
  }

  @Test func aRefusedPasswordIsNotShownToATokenService() async throws {
    let server = try ScriptedServer { request in
      let realm = "http://\(request.header("Host")!)/token"
      return .response(
        401,
        [
          (
            "WWW-Authenticate",
            request.path.contains("/b/") ? "Bearer realm=\"\(realm)\"" : "Basic realm=\"x\""
          )
        ])
    }
    let client = try RegistryClient(url: server.url, credentials: password, timing: clock.timing)
    let (a, b) = (
      TagReference(try RepositoryName("a"), staging.tag), TagReference(try RepositoryName("b"), staging.tag)
    )
    let refused = message(await client.observe(a))
    let told = message(await client.observe(b))
    #expect(refused != nil && told == refused)
    #expect(server.requests.map(\.path).filter { $0 == "/token" } == [])
  }

  /// A HEAD can't say whether a 403 means that the password has expired.
  @Test func theSamePasswordIsNotSentAgain() async throws {
    let manifest = ImagePusher.manifest("one")
    let isOver = Atomic(false)
    let server = try ScriptedServer { request in
      basicChallenge(request) ?? (isOver.load(ordering: .relaxed) ? .response(403) : manifest.reply)
    }
    let client = try RegistryClient(url: server.url, credentials: password, timing: clock.timing)
    #expect(await client.observe(staging) == .present(manifest.digest))
    isOver.store(true, ordering: .relaxed)
    clock.advance(by: .seconds(61))
    let host = "127.0.0.1:\(server.port)"
    #expect(
      message(await client.observe(staging))
        == "HEAD \(host)/v2/team/prereqs/manifests/alpine-staging: the registry answered 403; check what the credentials for "
        + "\(host) may do")
    #expect(server.requests.count == 3)
  }

  @Test func thePasswordThatIsSaidToHaveExpiredIsRefused() async throws {
    let manifest = ImagePusher.manifest("one")
    let isOver = Atomic(false)
    let server = try ScriptedServer { request in
      let expired = #"{"errors":[{"code":"DENIED","message":"Your authorization token has expired."}]}"#
      return basicChallenge(request)
        ?? (isOver.load(ordering: .relaxed) ? .response(403, body: expired) : manifest.reply)
    }
    let client = try RegistryClient(url: server.url, credentials: password, timing: clock.timing)
    _ = try await client.get(.tag(staging.tag), in: repository)
    isOver.store(true, ordering: .relaxed)
    clock.advance(by: .seconds(1))
    let error = await registryError { _ = try await client.get(.tag(staging.tag), in: repository) }
    let host = "127.0.0.1:\(server.port)"
    #expect(
      error?.description
        == "\(host) refuses the credentials; check the credentials for \(host), which are from the configuration"
    )
    #expect(server.requests.count == 3)
  }

  @Test func aPasswordIsTriedOnceABackoff() async throws {
    let server = try ScriptedServer {
      basicChallenge($0) ?? .response(401, [("WWW-Authenticate", "Basic realm=\"test\"")])
    }
    let client = try RegistryClient(url: server.url, credentials: password, timing: clock.timing)
    _ = await client.observe(staging)
    let before = server.requests.count
    let pauses = await pauses(5, between: { server.requests.count }) { _ = await client.observe(staging) }
    #expect(pauses == [1, 2, 4, 8, 16])
    #expect(server.requests.count == before + 5)
  }

  @Test func whoIsCancelledObtainsNothing() async throws {
    let server = try ScriptedServer { basicChallenge($0) ?? .response(404) }
    let client = try RegistryClient(
      url: server.url, credentials: CancelledReading(credentials: password), timing: clock.timing)
    let error = await registryError { _ = try await client.get(.tag(staging.tag), in: repository) }
    #expect(error?.kind == .cancelled)
    #expect(server.requests.count == 1)
  }

  /// Whose turn comes next is not told of it.
  @Test func aCancellationIsNotRemembered() async throws {
    let registry = try GuardedRegistry { $0.scripted = [.response(503)] }
    let timing = AuthenticationTiming(now: clock.timing.now, pause: { _ in throw CancellationError() })
    let client = try registry.client(password, timing: timing)
    let error = await registryError { _ = try await client.get(.tag(staging.tag), in: repository) }
    #expect(error?.kind == .cancelled)
    #expect(await client.observe(staging) == .present(registry.manifest.digest))
    let source = CancelledOnce(credentials: password)
    let other = try registry.client(source, timing: clock.timing)
    #expect(
      await registryError { _ = try await other.get(.tag(staging.tag), in: repository) }?.kind == .cancelled)
    #expect(await other.observe(staging) == .present(registry.manifest.digest))
  }

  @Test func anExpiredPasswordIsReplacedInMidPass() async throws {
    let manifest = ImagePusher.manifest("one")
    let server = try ScriptedServer { request in
      if let challenge = basicChallenge(request) { return challenge }
      guard request.header("Authorization") == basicField("bot", testSecret("new")) else {
        return .response(
          403,
          body:
            #"{"errors":[{"code":"DENIED","message":"Your authorization token has expired. Reauthenticate and try again."}]}"#
        )
      }
      return manifest.reply
    }
    let source = ChangingCredentials(password)
    let client = try RegistryClient(url: server.url, credentials: source, timing: clock.timing)
    // A password that was just read is not read again.
    #expect(
      await registryError { _ = try await client.get(.tag(staging.tag), in: repository) }?.kind == .denied)
    source.change(try RegistryCredentials(username: "bot", password: testSecret("new")))
    clock.advance(by: .seconds(1))
    #expect(try await client.get(.tag(staging.tag), in: repository) == manifest)
    #expect(server.requests.count == 4)
  }

  @Test func whatIsMissingIsNamed() async throws {
    let server = try ScriptedServer { basicChallenge($0) ?? .response(404) }
    let host = "127.0.0.1:\(server.port)"
    let wanted = "\(host) asks for a user name and a password"
    #expect(
      message(await (try RegistryClient(url: server.url)).observe(staging))
        == wanted
        + "; there are no credentials for \(host): give username and passwordFile in the configuration, for a source below hosts, "
        + "or run docker login \(host)")
    let token = try RegistryCredentials(registryToken: testSecret())
    #expect(
      message(await (try RegistryClient(url: server.url, credentials: token)).observe(staging))
        == wanted
        + ", and what there is is a token; check the credentials for \(host), which are from the configuration"
    )
    #expect(server.requests.allSatisfy { $0.header("Authorization") == nil })
  }
}

/// Who is to have it anew is cancelled the first time.
private final class CancelledOnce: CredentialSource {
  private let credentials: RegistryCredentials
  private let wasCancelled = Atomic(false)

  init(credentials: RegistryCredentials) { self.credentials = credentials }

  func credentials(
    for repository: RepositoryName?, isFresh: Bool
  ) async throws(RegistryError) -> FoundCredentials {
    if isFresh, !wasCancelled.exchange(true, ordering: .relaxed) {
      throw RegistryError(.cancelled, "cancelled")
    }
    return FoundCredentials(credentials, origin: "a test")
  }

  func fingerprint() async -> [FileStamp?] { [] }
}

/// Who asks what there is is cancelled meanwhile; who is to have it anew gets it.
private struct CancelledReading: CredentialSource {
  let credentials: RegistryCredentials

  func credentials(
    for repository: RepositoryName?, isFresh: Bool
  ) async throws(RegistryError) -> FoundCredentials {
    guard isFresh else { throw RegistryError(.cancelled, "cancelled") }
    return FoundCredentials(credentials, origin: "a test")
  }

  func fingerprint() async -> [FileStamp?] { [] }
}
