import Model
import Registry
import TestSupport
import Testing

@Suite struct TokenLifeTests {
  let clock = TestClock()
  let password: RegistryCredentials

  init() throws { password = try RegistryCredentials(username: "bot", password: testSecret()) }

  /// Seconds until the renewal, and until the token is no longer sent.
  @Test(
    arguments: [
      (nil, 45, 55), (300, 225, 295), (0, 45, 55), (-5, 45, 55), (1, 7.5, 9), (1_000_000_000, 64_800, 86_395),
    ] as [(Int?, Double, Double)])
  func life(_ life: Int?, _ renewal: Double, _ expiry: Double) async throws {
    let gate = Gate()
    gate.open()
    let registry = try GuardedRegistry {
      $0.life = life; $0.gate = gate
    }
    let client = try registry.client(password, timing: clock.timing)
    #expect(await client.observe(staging) == .present(registry.manifest.digest))
    clock.advance(by: .seconds(renewal - 0.5))
    #expect(await client.observe(staging) == .present(registry.manifest.digest))
    #expect(registry.tokenRequests.count == 1)
    // Renewed beside: the request itself goes out with the old one, whatever the service does.
    let shut = Gate()
    registry.configure { $0.gate = shut }
    clock.advance(by: .seconds(0.5))
    #expect(await client.observe(staging) == .present(registry.manifest.digest))
    #expect(
      registry.authorizations == [
        nil, GuardedRegistry.bearer(1), GuardedRegistry.bearer(1), GuardedRegistry.bearer(1),
      ])
    // Beyond its life the next request waits for the new one.
    clock.advance(by: .seconds(expiry - renewal))
    async let waiting = client.observe(staging)
    shut.open()
    #expect(await waiting == .present(registry.manifest.digest))
    #expect(registry.tokenRequests.count == 2 && registry.authorizations.last == GuardedRegistry.bearer(2))
  }

  @Test func aServiceThatIsDownMeanwhileIsSpared() async throws {
    let registry = try GuardedRegistry()
    let client = try registry.client(password, timing: clock.timing)
    _ = await client.observe(staging)
    registry.configure { $0.scripted = Array(repeating: .response(503), count: 3) }
    clock.advance(by: .seconds(230))
    #expect(await client.observe(staging) == .present(registry.manifest.digest))
    await registry.waitForRequests(7)
    // Neither does it keep a request from the token that is still good, nor is it asked by each.
    for _ in 0..<5 { #expect(await client.observe(staging) == .present(registry.manifest.digest)) }
    #expect(registry.tokenRequests.count == 4)
    clock.advance(by: .seconds(2))
    #expect(await client.observe(staging) == .present(registry.manifest.digest))
    await registry.waitForRequests(14)
    #expect(registry.tokenRequests.count == 5)
  }

  @Test func aPasswordThatIsRefusedMeanwhileIsShownOnceAPause() async throws {
    let registry = try GuardedRegistry { $0.life = 40 }
    let credentials = ChangingCredentials(password)
    let client = try registry.client(credentials, timing: clock.timing)
    let others = try (0..<5).map { TagReference(try RepositoryName("team/\($0)"), staging.tag) }
    for other in others { #expect(await client.observe(other).isKnown) }
    registry.configure { $0.scripted = Array(repeating: .response(401), count: 100) }
    clock.advance(by: .seconds(30))
    #expect(await !client.observe(staging).isKnown)
    // Each is due to be renewed.
    for other in others { #expect(await client.observe(other).isKnown) }
    #expect(registry.tokenRequests.count == 6)
    let gate = Gate()
    registry.configure { $0.gate = gate }
    clock.advance(by: .seconds(1))
    for other in others { #expect(await client.observe(other).isKnown) }
    await registry.waitForRequests(15 + 2 + 5 + 5 + 1)
    gate.open()
    for _ in 0..<3 { for other in others { #expect(await client.observe(other).isKnown) } }
    #expect(registry.tokenRequests.count == 7)
    // Nor is the credentials' program run for each of them.
    #expect(credentials.freshReads == 7)
  }

  @Test func aTokenThatTheRegistryNoLongerTakesIsRenewedOnce() async throws {
    let registry = try GuardedRegistry()
    let client = try registry.client(password)
    let tags = (0..<100).map { tag("tag-\($0)") }
    _ = await client.observe(tags)
    registry.revokeAll()
    let expected = registry.manifest.digest
    #expect(await client.observe(tags).values.allSatisfy { $0 == .present(expected) })
    #expect(registry.tokenRequests.count == 2)
  }

  /// A request may wait for a minute where the registry asks to.
  @Test func aTokenThatExpiresWhileItsRequestWaitsIsRenewed() async throws {
    let registry = try GuardedRegistry { $0.life = 60 }
    let client = try registry.client(password, timing: clock.timing)
    registry.configure {
      $0.refusal = { [clock, host = registry.host] request in
        guard request.header("Authorization") == "Bearer \(testSecret("token-1"))" else { return nil }
        clock.advance(by: .seconds(60))
        let challenge =
          "Bearer realm=\"http://\(host)/token\",service=\"test service\",scope=\"repository:team/prereqs:pull\""
        return .response(401, [("WWW-Authenticate", challenge)])
      }
    }
    #expect(await client.observe(staging) == .present(registry.manifest.digest))
    #expect(
      registry.authorizations == [nil, "Bearer \(testSecret("token-1"))", "Bearer \(testSecret("token-2"))"])
  }

  @Test(arguments: [
    (403, "Your authorization token has expired. Reauthenticate and try again."),
    (400, "Your Authorization Token has expired. Please run 'aws ecr-public get-login-password'"),
  ])
  func anExpiryInOtherWords(status: Int, message: String) async throws {
    let registry = try GuardedRegistry()
    let client = try registry.client(password, timing: clock.timing)
    #expect(try await client.manifest(registry.manifest.digest, in: repository) == registry.manifest)
    registry.configure {
      $0.refusal = { request in
        request.header("Authorization") == GuardedRegistry.bearer(1)
          ? .response(status, body: #"{"errors":[{"code":"DENIED","message":"\#(message)"}]}"#) : nil
      }
    }
    clock.advance(by: .seconds(1))
    // A GET has words.
    #expect(try await client.get(.tag(staging.tag), in: repository) == registry.manifest)
    #expect(registry.tokenRequests.count == 2 && registry.authorizations.last == GuardedRegistry.bearer(2))
  }

  @Test func aHeadCanNotSayThatATokenHasExpired() async throws {
    let registry = try GuardedRegistry()
    let client = try registry.client(password, timing: clock.timing)
    _ = await client.observe(staging)
    registry.configure {
      $0.refusal = { $0.header("Authorization") == GuardedRegistry.bearer(1) ? .response(403) : nil }
    }
    // A token that was just made has not expired: this is a refusal.
    guard case .unknown = await client.observe(staging) else {
      Issue.record("403 is a refusal")
      return
    }
    #expect(registry.tokenRequests.count == 1)
    clock.advance(by: .seconds(61))
    #expect(await client.observe(staging) == .present(registry.manifest.digest))
    #expect(registry.tokenRequests.count == 2)
  }

  @Test(.timeLimit(.minutes(10))) func aTokenThatIsDoubtedServesOthersUntilThereIsAnother() async throws {
    let registry = try GuardedRegistry()
    let client = try registry.client(password, timing: clock.timing)
    _ = await client.observe(staging)
    let gate = Gate()
    registry.configure {
      $0.gate = gate
      $0.refusal = { request in
        request.path.hasSuffix("/alpine-staging")
          && request.header("Authorization") == GuardedRegistry.bearer(1)
          ? .response(403) : nil
      }
    }
    clock.advance(by: .seconds(61))
    async let doubting = client.observe(staging)
    await registry.waitForRequests(5)
    #expect(registry.tokenRequests.count == 2)
    // The renewal is under way, and hangs.
    #expect(await client.observe(tag("other")) == .present(registry.manifest.digest))
    #expect(registry.authorizations.last == GuardedRegistry.bearer(1))
    gate.open()
    #expect(await doubting == .present(registry.manifest.digest))
    #expect(await client.observe(tag("other")) == .present(registry.manifest.digest))
    #expect(registry.authorizations.suffix(2) == [GuardedRegistry.bearer(2), GuardedRegistry.bearer(2)])
    #expect(registry.tokenRequests.count == 2)
  }

  @Test func anotherScopeGetsAnotherToken() async throws {
    let registry = try GuardedRegistry()
    let client = try registry.client(password)
    _ = await client.observe(staging)
    registry.configure { $0.scope = { _ in "repository:team/prereqs:metadata_read" } }
    #expect(await client.observe(staging) == .present(registry.manifest.digest))
    #expect(registry.tokenRequests.last?.parameters["scope"] == ["repository:team/prereqs:metadata_read"])
    #expect(
      registry.authorizations == [
        nil, GuardedRegistry.bearer(1), GuardedRegistry.bearer(1), GuardedRegistry.bearer(2),
      ])
  }
}
