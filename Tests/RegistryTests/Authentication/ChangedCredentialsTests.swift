import Model
import Synchronization
import TestSupport
import Testing

@testable import Registry

/// Credentials that are replaced while those before them are still good.
@Suite struct ChangedCredentialsTests {
  private let clock = TestClock()
  private let manifest = ImagePusher.manifest("one")

  private func server() throws -> ScriptedServer {
    let manifest = manifest
    return try ScriptedServer { basicChallenge($0) ?? manifest.reply }
  }

  private func client(
    _ server: ScriptedServer, _ configured: ConfiguredCredentials?, _ environment: [String: String]
  ) throws -> RegistryClient {
    let chain = try CredentialChain(
      host: "127.0.0.1:\(server.port)", configured: configured, environment: environment)
    return try RegistryClient(url: server.url, credentials: chain, timing: clock.timing)
  }

  @Test func aPasswordThatWasReplacedIsNoLongerSent() async throws {
    try await withTemporaryDirectory { folder in
      try folder.write("old", to: "password")
      let server = try server()
      let client = try client(server, .passwordFile(username: "bot", path: folder("password")), [:])
      _ = await client.observe(staging)
      try folder.write("the new one", to: "password")
      clock.advance(by: .seconds(60))
      _ = await client.observe(staging)
      #expect(
        server.requests.compactMap { $0.header("Authorization") }
          == [basicAuthorization("bot", "old"), basicAuthorization("bot", "the new one")])
    }
  }

  /// The pass that follows a mended file: none of its requests reports what the file had before.
  @Test(arguments: [false, true]) func aPasswordThatIsMendedServesTheNextPass(isBasic: Bool) async throws {
    try await withTemporaryDirectory { folder in
      try folder.write("wrong", to: "password")
      let good = basicField("bot", testSecret())
      let tokens = try GuardedRegistry()
      let manifest = tokens.manifest
      let server = try ScriptedServer { request in
        let isGood = request.header("Authorization") == good
        if isBasic {
          return isGood ? manifest.reply : .response(401, [("WWW-Authenticate", "Basic realm=\"test\"")])
        }
        let host = request.header("Host")!
        if request.path == "/token" {
          return isGood ? .response(200, body: #"{"token":"\#(testSecret("t"))"}"#) : .response(401)
        }
        return request.header("Authorization") == "Bearer \(testSecret("t"))"
          ? manifest.reply
          : .response(401, [("WWW-Authenticate", "Bearer realm=\"http://\(host)/token\",scope=\"all\"")])
      }
      let client = try client(server, .passwordFile(username: "bot", path: folder("password")), [:])
      let tags = (0..<200).map { tag("tag-\($0)") }
      #expect(await client.observe(tags).values.allSatisfy { !$0.isKnown })
      for password in ["still wrong", testSecret()] {
        let before = server.requests.count { $0.path == "/token" }
        try folder.write(password, to: "password")
        let answers = Set(await client.observe(tags).values)
        if password == testSecret() {
          #expect(answers == [.present(manifest.digest)])
        } else {
          #expect(answers.allSatisfy { !$0.isKnown })
        }
        if !isBasic { #expect(server.requests.count { $0.path == "/token" } == before + 1) }
      }
      #expect(server.requests.count <= 300)
    }
  }

  /// A password that is refused after its file was mended says nothing of the new one.
  @Test func aRefusalOfTheFormerPasswordDoesNotHoldTheNewOne() async throws {
    try await withTemporaryDirectory { folder in
      try folder.write("wrong", to: "password")
      let (gate, manifest) = (Gate(), manifest)
      let server = try ScriptedServer { request in
        if let challenge = basicChallenge(request) { return challenge }
        return request.header("Authorization") == basicField("bot", testSecret())
          ? manifest.reply
          : .held(gate, then: .response(401, [("WWW-Authenticate", "Basic realm=\"test\"")]))
      }
      let client = try client(server, .passwordFile(username: "bot", path: folder("password")), [:])
      async let former = client.observe(staging)
      await server.waitForRequests(2)
      try folder.write(testSecret(), to: "password")
      gate.open()
      #expect(await !former.isKnown)
      #expect(await client.observe(staging) == .present(manifest.digest))
    }
  }

  @Test func aNewEntryIsForItsOwnRepositories() async throws {
    try await withTemporaryDirectory { folder in
      let refused = Mutex<Set<String>>([])
      let manifest = manifest
      let server = try ScriptedServer { request in
        let isRefused = refused.withLock { $0.contains(request.header("Authorization") ?? "") }
        return basicChallenge(request)
          ?? (isRefused ? .response(401, [("WWW-Authenticate", "Basic realm=\"test\"")]) : manifest.reply)
      }
      func write(_ entries: [(String, String)]) throws {
        let auths = entries.map { place, user in
          #""127.0.0.1:\#(server.port)\#(place)":{"username":"\#(user)","password":"\#(testSecret())"}"#
        }
        try folder.write(#"{"auths":{\#(auths.joined(separator: ","))}}"#, to: "auth.json")
      }
      try write([("", "all")])
      let client = try client(server, nil, ["REGISTRY_AUTH_FILE": folder("auth.json")])
      let other = TagReference(try RepositoryName("other/repository"), staging.tag)
      _ = await client.observe(staging)
      _ = await client.observe(other)
      // The user of all gets another name, and the team one of its own.
      try write([("", "everybody"), ("/team", "team")])
      refused.withLock { _ = $0.insert(basicField("all", testSecret())) }
      clock.advance(by: .seconds(60))
      _ = await client.observe(staging)
      _ = await client.observe(other)
      let last = server.requests.suffix(2)
      #expect(
        last.map { $0.header("Authorization") } == [
          basicField("team", testSecret()), basicField("everybody", testSecret()),
        ])
    }
  }
}
