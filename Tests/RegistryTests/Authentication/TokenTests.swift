import Model
import TestSupport
import Testing

@testable import Registry

@Suite struct TokenTests {
  let password: RegistryCredentials

  init() throws { password = try RegistryCredentials(username: "bot", password: testSecret()) }

  @Test func theChallengeNamesTheScopeAndNothingIsGuessed() async throws {
    let registry = try GuardedRegistry()
    let client = try registry.client(password)
    #expect(await client.observe(staging) == .present(registry.manifest.digest))
    #expect(await client.observe(sibling) == .present(registry.manifest.digest))
    #expect(registry.authorizations == [nil, GuardedRegistry.bearer(1), GuardedRegistry.bearer(1)])
    let asked = try #require(registry.tokenRequests.first)
    #expect(registry.tokenRequests.count == 1 && asked.method == "GET")
    #expect(
      asked.target
        == "/token?service=test%20service&scope=repository%3Ateam%2Fprereqs%3Apull&account=bot&client_id=tagkeeper"
    )
    #expect(asked.header("Authorization") == basicField("bot", testSecret()))
    _ = try await client.putManifest(registry.manifest, to: .tag(staging.tag), in: repository)
    #expect(registry.tokenRequests.last?.parameters["scope"] == ["repository:team/prereqs:pull,push"])
    #expect(registry.authorizations.suffix(2) == [nil, GuardedRegistry.bearer(2)])
    // What a read has is not spoilt by what a write needs.
    #expect(await client.observe(sibling) == .present(registry.manifest.digest))
    #expect(registry.authorizations.last == GuardedRegistry.bearer(1))
  }

  @Test func anonymousTokensAreAskedForWithoutCredentials() async throws {
    let registry = try GuardedRegistry { $0.field = "access_token" }
    #expect(await (try registry.client()).observe(staging) == .present(registry.manifest.digest))
    let asked = try #require(registry.tokenRequests.first)
    #expect(asked.header("Authorization") == nil)
    #expect(asked.parameters == ["service": ["test service"], "scope": ["repository:team/prereqs:pull"]])
  }

  @Test func anIdentityTokenIsExchanged() async throws {
    let registry = try GuardedRegistry { $0.field = "access_token" }
    let client = try registry.client(RegistryCredentials(identityToken: testSecret("refresh+me/=")))
    #expect(await client.observe(staging) == .present(registry.manifest.digest))
    let asked = try #require(registry.tokenRequests.first)
    #expect(asked.method == "POST" && asked.target == "/token" && asked.header("Authorization") == nil)
    #expect(asked.header("Content-Type") == "application/x-www-form-urlencoded")
    #expect(
      asked.parameters == [
        "grant_type": ["refresh_token"], "refresh_token": [testSecret("refresh+me/=")],
        "service": ["test service"],
        "client_id": ["tagkeeper"], "scope": ["repository:team/prereqs:pull"],
      ])
  }

  @Test(arguments: [404, 405]) func aServiceWithoutGETIsAskedByAForm(status: Int) async throws {
    let registry = try GuardedRegistry { $0.scripted = [.response(status)] }
    #expect(await (try registry.client(password)).observe(staging) == .present(registry.manifest.digest))
    #expect(registry.tokenRequests.map(\.method) == ["GET", "POST"])
    #expect(
      registry.tokenRequests[1].parameters == [
        "grant_type": ["password"], "username": ["bot"], "password": [testSecret()],
        "service": ["test service"],
        "client_id": ["tagkeeper"], "scope": ["repository:team/prereqs:pull"],
      ])
  }

  @Test func aRegistryTokenGoesToTheRegistryAlone() async throws {
    let registry = try GuardedRegistry { $0.tokens = [testSecret("mine"): "repository:team/prereqs:pull"] }
    let client = try registry.client(RegistryCredentials(registryToken: testSecret("mine")))
    #expect(await client.observe(staging) == .present(registry.manifest.digest))
    #expect(
      registry.authorizations == [nil, "Bearer " + testSecret("mine")] && registry.tokenRequests.isEmpty)
  }

  @Test func severalScopesAndNone() async throws {
    let several = "repository:a/b:pull repository:team/prereqs:pull,push"
    for (scope, expected) in [(several, several.split(separator: " ").map(String.init)), (nil, nil)] {
      let registry = try GuardedRegistry { $0.scope = { _ in scope } }
      let observation = await (try registry.client()).observe(staging)
      #expect(observation == .present(registry.manifest.digest))
      #expect(registry.tokenRequests.map { $0.parameters["scope"] } == [expected])
    }
  }

  /// distribution puts actions and scopes in another order each time.
  @Test func theOrderInAScopeSaysNothing() throws {
    let realm = try TokenRealm("https://a.example/t", for: try RegistryURL("https://r.example"))
    func scope(_ text: String?, service: String? = nil) -> TokenScope {
      TokenScope(realm: realm, service: service, scope: text)
    }
    let one = scope("repository:a/b:pull,push repository:c:pull")
    let same = scope("repository:c:pull repository:a/b:push,pull")
    #expect(one == same && one.hashValue == same.hashValue && one.scope != same.scope)
    for other in [
      "repository:a/b:pull repository:c:pull,push", "repository:a/b:pull,push",
      "repository:a/b:pull,push,delete", nil,
    ] {
      #expect(one != scope(other))
    }
    #expect(scope(nil) == scope("") && scope("a") != scope("a", service: "s"))
  }

  @Test func aHundredRequestsCauseOneTokenRequest() async throws {
    let gate = Gate()
    let registry = try GuardedRegistry { $0.gate = gate }
    let client = try registry.client(password)
    let tags = (0..<100).map { tag("tag-\($0)") }
    async let observed = client.observe(tags)
    await registry.waitForRequests(17)
    gate.open()
    let expected = registry.manifest.digest
    #expect(await observed.values.allSatisfy { $0 == .present(expected) })
    #expect(registry.tokenRequests.count == 1)
  }

  @Test func aCancelledWaiterLeavesTheOthersTheirToken() async throws {
    let gate = Gate()
    let registry = try GuardedRegistry { $0.gate = gate }
    let client = try registry.client(password)
    let first = Task { try await client.manifest(registry.manifest.digest, in: repository) }
    await registry.waitForRequests(2)
    let second = Task { try await client.manifest(registry.manifest.digest, in: repository) }
    first.cancel()
    #expect(await registryError { _ = try await first.value }?.kind == .cancelled)
    gate.open()
    #expect(try await second.value == registry.manifest)
    #expect(registry.tokenRequests.count == 1)
  }

  @Test func twoThousandTagsInOnePass() async throws {
    let registry = try GuardedRegistry()
    let client = try registry.client(password)
    let observed = await client.observe((0..<2000).map { tag("tag-\($0)") })
    #expect(observed.count == 2000)
    #expect(registry.tokenRequests.count == 1)
    // Those that were under way when the challenge came had no token yet.
    #expect(registry.authorizations.count { $0 == nil } <= 16)
  }
}
