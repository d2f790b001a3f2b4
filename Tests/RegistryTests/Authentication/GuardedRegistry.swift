import LinuxSystem
import Model
import Registry
import Synchronization
import TestSupport

/// A scripted registry that asks for tokens, and the token service beside it on the same port. Each token
/// has a number, and is good for one scope until it is revoked.
final class GuardedRegistry: Sendable {
  struct State {
    /// Answers of the token service that come first.
    var scripted: [ScriptedReply] = []
    var tokens: [String: String] = [:]
    var issued = 0
    /// `expires_in` of every answer.
    var life: Int? = 300
    /// The field's name in the answer.
    var field = "token"
    /// What requests are asked for, by method.
    var actions: @Sendable (ServedRequest) -> String = { $0.method == "PUT" ? "pull,push" : "pull" }
    var scope: (@Sendable (ServedRequest) -> String?)?
    /// Where the token service is said to be; the server itself where nil.
    var realm: String?
    /// What the token service's answer waits for.
    var gate: Gate?
    /// Answers a request that has a token, before the registry does.
    var refusal: (@Sendable (ServedRequest) -> ScriptedReply?)?
  }

  private final class Shared: Sendable {
    let state = Mutex(State())
    let port = Atomic<Int>(0)
  }

  private let shared = Shared()
  private let server: ScriptedServer
  let manifest = ImagePusher.manifest("one")

  init(_ change: (inout State) -> Void = { _ in }) throws {
    let shared = shared
    let manifest = manifest
    server = try ScriptedServer { request in
      request.path == "/token" ? Self.token(request, shared) : Self.answer(request, manifest, shared)
    }
    shared.port.store(Int(server.port), ordering: .relaxed)
    configure(change)
  }

  func configure(_ change: (inout State) -> Void) { shared.state.withLock { change(&$0) } }

  /// What is in use is good no longer.
  func revokeAll() { configure { $0.tokens = [:] } }

  var url: String { server.url }
  var host: String { "127.0.0.1:\(server.port)" }
  var requests: [ServedRequest] { server.requests }
  var tokenRequests: [ServedRequest] { requests.filter { $0.path == "/token" } }
  /// The `Authorization` fields of the requests to the registry itself.
  var authorizations: [String?] {
    requests.filter { $0.path != "/token" }.map { $0.header("Authorization") }
  }

  /// The field with the token of that number, from 1.
  static func bearer(_ number: Int) -> String { "Bearer " + testSecret("token-\(number)") }

  func waitForRequests(_ count: Int) async { await server.waitForRequests(count) }

  func client(
    _ credentials: any CredentialSource = RegistryCredentials.anonymous,
    timing: AuthenticationTiming = AuthenticationTiming(pause: { _ in })
  ) throws -> RegistryClient {
    try RegistryClient(url: url, credentials: credentials, timing: timing)
  }

  private static func token(_ request: ServedRequest, _ shared: Shared) -> ScriptedReply {
    let (reply, gate) = shared.state.withLock { state -> (ScriptedReply, Gate?) in
      if !state.scripted.isEmpty { return (state.scripted.removeFirst(), state.gate) }
      state.issued += 1
      let token = testSecret("token-\(state.issued)")
      state.tokens[token] = request.parameters["scope"]?.joined(separator: " ") ?? ""
      let life = state.life.map { ",\"expires_in\":\($0)" } ?? ""
      return (.response(200, body: "{\"\(state.field)\":\"\(token)\"\(life)}"), state.gate)
    }
    return gate.map { .held($0, then: reply) } ?? reply
  }

  private static func answer(
    _ request: ServedRequest, _ manifest: Manifest, _ shared: Shared
  ) -> ScriptedReply {
    let port = shared.port.load(ordering: .relaxed)
    return shared.state.withLock { state in
      if request.header("Authorization") != nil, let reply = state.refusal?(request) { return reply }
      let name = request.path.split(separator: "/").dropFirst().dropLast(2).joined(separator: "/")
      let scope = state.scope.map { $0(request) } ?? "repository:\(name):\(state.actions(request))"
      let token = request.header("Authorization").map { String($0.dropFirst("Bearer ".count)) }
      guard let token, state.tokens[token] == scope ?? "" else {
        let realm = state.realm ?? "http://127.0.0.1:\(port)/token"
        let named = scope.map { ",scope=\"\($0)\"" } ?? ""
        return .response(
          401, [("WWW-Authenticate", "Bearer realm=\"\(realm)\",service=\"test service\"\(named)")],
          body: #"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#)
      }
      if request.method == "PUT" {
        return .response(201, [("Docker-Content-Digest", manifest.digest.description)])
      }
      return manifest.reply
    }
  }
}

/// A clock that a test moves.
final class TestClock: Sendable {
  private let time = Mutex(Duration.seconds(1000))

  func advance(by duration: Duration) { time.withLock { $0 += duration } }

  var timing: AuthenticationTiming {
    AuthenticationTiming(now: { self.time.withLock { $0 } }, pause: { _ in })
  }
}

/// Credentials that a test changes, with a count of how often they were read.
final class ChangingCredentials: CredentialSource {
  private let state: Mutex<(found: FoundCredentials, fresh: Int)>

  init(_ credentials: RegistryCredentials) {
    state = Mutex((FoundCredentials(credentials, origin: "a test"), 0))
  }

  func change(_ credentials: RegistryCredentials) {
    state.withLock { $0.found = FoundCredentials(credentials, origin: "a test") }
  }

  var freshReads: Int { state.withLock { $0.fresh } }

  func credentials(
    for repository: RepositoryName?, isFresh: Bool
  ) async throws(RegistryError) -> FoundCredentials {
    state.withLock { state in
      if isFresh { state.fresh += 1 }
      return state.found
    }
  }

  func fingerprint() async -> [FileStamp?] { [] }
}
