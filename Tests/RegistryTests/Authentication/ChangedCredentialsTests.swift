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
