import HTTPClient
import Model
import Registry
import Synchronization
import TestSupport
import Testing

/// Many requests at once show a password that may be wrong.
@Suite struct PasswordTrialTests {
  private let tags = (0..<200).map { tag("tag-\($0)") }
  private let manifest = ImagePusher.manifest("one")

  private func observe(_ server: ScriptedServer) async throws -> Set<Observation> {
    let password = try RegistryCredentials(username: "bot", password: testSecret())
    // Whose time stands still: no pause ends.
    let client = try RegistryClient(
      url: server.url, credentials: password, timing: TestClock().timing)
    return Set(await client.observe(tags).values)
  }

  private func shown(_ server: ScriptedServer) -> Int {
    server.requests.count { $0.header("Authorization") != nil }
  }

  @Test func oneRequestShowsAPasswordThatIsRefused() async throws {
    let server = try ScriptedServer {
      basicChallenge($0) ?? .response(401, [("WWW-Authenticate", "Basic realm=\"test\"")])
    }
    let answers = try await observe(server)
    #expect(answers.count == 1 && answers.allSatisfy { !$0.isKnown })
    #expect(shown(server) == 1)
  }

  @Test func theOthersFollowOnceItIsTaken() async throws {
    let gate = Gate()
    let isFirst = Atomic(true)
    let manifest = manifest
    let server = try ScriptedServer { request in
      if let challenge = basicChallenge(request) { return challenge }
      return isFirst.exchange(false, ordering: .relaxed)
        ? .held(gate, then: manifest.reply) : manifest.reply
    }
    async let answers = observe(server)
    // All that may be in flight were challenged, and one has shown the password.
    await server.waitForRequests(17)
    #expect(shown(server) == 1)
    gate.open()
    #expect(try await answers == [.present(manifest.digest)])
    #expect(shown(server) == tags.count)
  }

  /// A fault of the first says nothing of the password.
  @Test(arguments: [500, 429, 408])
  func theNextTriesWhereTheFirstHeardNothing(status: Int) async throws {
    let left = Atomic(3)
    let manifest = manifest
    let server = try ScriptedServer { request in
      if let challenge = basicChallenge(request) { return challenge }
      return left.wrappingSubtract(1, ordering: .relaxed).newValue >= 0
        ? .response(status, [("Retry-After", "0")]) : manifest.reply
    }
    #expect(try await observe(server).contains(.present(manifest.digest)))
  }

  /// It may take hours, and its bytes may come from the same registry, by requests that show the password, too.
  @Test(.timeLimit(.minutes(10)), arguments: ["PATCH", "PUT", "GET"])
  func noRequestWaitsForALongOne(method: String) async throws {
    try await withTemporaryDirectory { folder in
      try folder.write("old", to: "password")
      let (gate, clock, manifest) = (Gate(), TestClock(), manifest)
      let server = try ScriptedServer { request in
        if let challenge = basicChallenge(request) { return challenge }
        switch request.method {
        case "POST": return .response(202, [("Location", "/v2/team/prereqs/blobs/uploads/1")])
        case "PATCH": return .response(202, [("Location", "/v2/team/prereqs/blobs/uploads/1")])
        case "PUT": return .held(gate, then: .response(201))
        case "GET": return .held(gate, then: .response(200))
        default: return manifest.reply
        }
      }
      let chain = try CredentialChain(
        host: "127.0.0.1:\(server.port)",
        configured: .passwordFile(username: "bot", path: folder("password")), environment: [:])
      let client = try RegistryClient(url: server.url, credentials: chain, timing: clock.timing)
      let upload = try await client.startUpload(in: repository)
      try folder.write("the new one", to: "password")
      clock.advance(by: .seconds(60))
      if method == "PATCH" {
        let source = ScriptedSource { number in
          guard number == 0 else { return nil }
          return await client.observe(staging).isKnown ? [1] : nil
        }
        _ = try await client.append(source, size: 1, to: upload)
      } else {
        let request = Task {
          if method == "PUT" { return try await client.finish(upload, as: digest(1)) }
          _ = try await client.blob(digest(1), size: 9, in: repository).next()
        }
        await server.waitForRequests(3)
        #expect(await client.observe(staging) == .present(manifest.digest))
        gate.open()
        _ = await request.result
      }
    }
  }
}
