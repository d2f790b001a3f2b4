import Model
import TestSupport
import Testing

@testable import HTTPClient
@testable import Registry

@Suite struct IdentificationTests {
  private static let html = ("Content-Type", "text/html; charset=utf-8")
  private static let json = ("Content-Type", "application/json")
  private static let version = ("Docker-Distribution-Api-Version", "registry/2.0")

  /// What registries answer to an anonymous `GET /v2/`, and what others do.
  @Test(arguments: [
    ("distribution", ScriptedReply.response(200, [json, version], body: "{}"), true),
    ("Quay", .response(200, [("Content-Type", "text/html"), version], body: "true"), true),
    ("only the specification", .response(200, [json], body: " {}\n"), true),
    ("ECR", .response(401, [version, ("WWW-Authenticate", "Basic realm=\"ecr\"")]), true),
    ("a token service", .response(401, [("WWW-Authenticate", "Bearer realm=\"https://a/token\"")]), true),
    (
      "Basic and a registry's error",
      .response(
        401, [json, ("WWW-Authenticate", "Basic realm=\"r\"")], body: #"{"errors":[{"code":"UNAUTHORIZED"}]}"#
      ),
      true
    ),
    ("a proxy's login", .response(401, [html, ("WWW-Authenticate", "Basic realm=\"proxy\"")]), false),
    ("a Basic challenge alone", .response(401, [("WWW-Authenticate", "Basic realm=\"router\"")]), false),
    ("a portal", .response(200, [html], body: "<html>log in</html>"), false),
    ("a portal without a type", .response(200, [], body: "<!doctype html>"), false),
    ("a JSON service", .response(200, [json], body: #"{"status":"ok"}"#), false),
    ("nothing", .response(200), false),
    ("404", .response(404, [version]), false),
    ("403", .response(403, [version]), false),
    ("503", .response(503, [version]), false),
  ])
  func whoIsARegistry(name: String, reply: ScriptedReply, expected: Bool) async throws {
    let server = try ScriptedServer { $0.target == "/v2/" ? reply : .response(404) }
    let observation = await (try RegistryClient(url: server.url)).observe(staging)
    #expect((observation == .absent) == expected, "\(name): \(observation)")
  }

  @Test func aPortalIsNamedWithARemedy() async throws {
    let server = try ScriptedServer { _ in .response(200, [Self.html], body: "<html>") }
    let error = await registryError { try await RegistryClient(url: server.url).identify() }
    #expect(error?.kind == .notARegistry)
    #expect(
      error?.description
        == "GET 127.0.0.1:\(server.port)/v2/: what answers is not a registry (200 and a page of HTML); check the "
        + "address, http or https, and whether a proxy or a portal stands before it")
  }

  @Test func aRefusalIsNotTakenForAPortal() async throws {
    let server = try ScriptedServer { _ in .response(403, body: #"{"errors":[{"code":"DENIED"}]}"#) }
    let client = try RegistryClient(url: server.url)
    let host = "127.0.0.1:\(server.port)"
    #expect(
      await registryError { try await client.identify() }?.description
        == "GET \(host)/v2/: the registry answered 403 DENIED; check what the credentials for \(host) may do")
  }

  /// What stands before a registry answers for it while it is restarted.
  @Test func aTextThatIsNoRegistrysIsNoAbsence() async throws {
    let text = ScriptedReply.response(404, [("Content-Type", "text/plain")], body: "404 page not found\n")
    let server = try ScriptedServer { $0.target == "/v2/" ? .response(200, body: "{}") : text }
    let client = try RegistryClient(url: server.url)
    let error = await registryError { _ = try await client.get(.tag(staging.tag), in: repository) }
    #expect(error?.kind == .notARegistry)
    let host = "127.0.0.1:\(server.port)"
    #expect(
      error?.description
        == "GET \(host)/v2/team/prereqs/manifests/alpine-staging: answered 404 with a text that is not a registry's; "
        + "check whether a proxy or a portal stands before \(host)")
  }

  @Test(arguments: [
    ScriptedReply.response(404), .response(404, body: #" {"errors":[{"status":404}]}"#),
    .response(404, [version], body: "404 page not found\n"),
  ])
  func aRegistrysOwnWordIsAnAbsence(_ answer: ScriptedReply) async throws {
    let server = try ScriptedServer { $0.target == "/v2/" ? .response(200, body: "{}") : answer }
    let client = try RegistryClient(url: server.url)
    #expect(try await client.get(.tag(staging.tag), in: repository) == nil)
  }

  @Test func askedOnceAndOnlyForAnAbsence() async throws {
    let registry = try FakeRegistry()
    registry.store(ImagePusher.manifest("one"), as: staging.tag, in: repository)
    let client = try RegistryClient(url: registry.url)
    _ = await client.observe(staging)
    #expect(registry.requests.count { $0.target == "/v2/" } == 0)
    let absent = (0..<50).map { tag("absent-\($0)") }
    #expect(Set(await client.observe(absent).values) == [.absent])
    #expect(registry.requests.count { $0.target == "/v2/" } == 1)
  }

  @Test func aFailureIsAskedAgainByTheNextCaller() async throws {
    let server = try ScriptedServer(
      replies: Array(repeating: .response(503), count: 3) + [.response(200, [Self.json], body: "{}")])
    let client = try RegistryClient(url: server.url)
    #expect(await registryError { try await client.identify() }?.kind == .server)
    try await client.identify()
    try await client.identify()
    #expect(server.requests.count == 4)
  }

  @Test func aCancelledCallerLeavesTheQuestionToTheOthers() async throws {
    let gate = Gate()
    let server = try ScriptedServer { _ in .held(gate, then: .response(200, [Self.json], body: "{}")) }
    let client = try RegistryClient(url: server.url)
    let first = Task { try await client.identify() }
    await server.waitForRequests(1)
    let second = Task { try await client.identify() }
    first.cancel()
    #expect(await registryError { try await first.value }?.kind == .cancelled)
    gate.open()
    try await second.value
    #expect(server.requests.count == 1)
  }
}
