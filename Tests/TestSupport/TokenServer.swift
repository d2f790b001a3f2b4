import FoundationEssentials
import LinuxSystem
import Synchronization

/// A token service whose tokens docker-registry takes: JSON Web Tokens, signed by openssl(1) with RS256 and sent with
/// the certificate of their key (distribution's "Token Authentication Implementation").
package final class TokenServer: Sendable {
  /// What docker-registry's configuration names.
  package static let service = "test registry"
  package static let issuer = "test issuer"
  /// The only user, and the refresh token that stands for it.
  package static let username = "bot"
  package static let password = testSecret("password")
  package static let identityToken = testSecret("identity-token")

  private struct State {
    var lifetime = 300
    var age = 0
    var tokens: [String] = []
  }

  private final class Shared: Sendable {
    let state = Mutex(State())
  }

  private let shared: Shared
  private let server: ScriptedServer

  /// - Parameters:
  ///   - certificates: Issued the certificate `name`.
  ///   - folder: For what is signed.
  package init(_ certificates: Certificates, _ name: String, in folder: TemporaryDirectory) throws {
    let shared = Shared()
    self.shared = shared
    let signer = Signer(
      key: certificates.key(name),
      chain: try String(contentsOf: URL(filePath: certificates.certificate(name)), encoding: .utf8)
        .split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined(),
      thread: try WorkerThread(named: "signer"))
    server = try ScriptedServer { Self.reply(to: $0, shared, signer) }
  }

  package var url: String { server.url + "/token" }
  package var requests: [ServedRequest] { server.requests }
  /// Every token that was given out.
  package var tokens: [String] { shared.state.withLock { $0.tokens } }

  /// - Parameters:
  ///   - lifetime: `expires_in`, and the tokens' own, in seconds.
  ///   - age: How long ago, by their own times, further tokens were made.
  package func configure(lifetime: Int = 300, age: Int = 0) {
    shared.state.withLock { ($0.lifetime, $0.age) = (lifetime, age) }
  }

  private static func reply(to request: ServedRequest, _ shared: Shared, _ signer: Signer) -> ScriptedReply {
    let parameters = request.parameters
    let isKnown =
      request.method == "POST"
      ? parameters["refresh_token"] == [identityToken]
      : request.header("Authorization") == basicField(username, password)
    guard isKnown, parameters["service"] == [service] else {
      return .response(401, body: #"{"errors":[{"code":"UNAUTHORIZED","message":"wrong password"}]}"#)
    }
    let (lifetime, age) = shared.state.withLock { ($0.lifetime, $0.age) }
    let scopes = (parameters["scope"] ?? []).flatMap { $0.split(separator: " ") }
    let token = signer.token(claims(scopes, lifetime: lifetime, age: age))
    shared.state.withLock { $0.tokens.append(token) }
    return .response(
      200, [("Content-Type", "application/json")], body: #"{"token":"\#(token)","expires_in":\#(lifetime)}"#)
  }

  private static func claims(_ scopes: [Substring], lifetime: Int, age: Int) -> String {
    let access = scopes.map { scope in
      let parts = scope.split(separator: ":")
      let actions = parts[2].split(separator: ",").map { "\"\($0)\"" }.joined(separator: ",")
      return #"{"type":"\#(parts[0])","name":"\#(parts[1])","actions":[\#(actions)]}"#
    }
    let now = Int(SystemClock.sinceEpoch().components.seconds) - age
    return #"{"iss":"\#(issuer)","sub":"\#(username)","aud":"\#(service)","iat":\#(now),"nbf":\#(now - 5),"#
      + #""exp":\#(now + lifetime),"jti":"\#(testSecret("\(UInt64.random(in: 0 ... .max))"))","access":[\#(access.joined(separator: ","))]}"#
  }
}

/// Signs on the thread of a connection, which may block.
private struct Signer: Sendable {
  let key: String
  /// The certificate's base64.
  let chain: String
  let thread: WorkerThread

  func token(_ claims: String) -> String {
    let header = #"{"typ":"JWT","alg":"RS256","x5c":["\#(chain)"]}"#
    let signed = "\(base64URL(Data(header.utf8))).\(base64URL(Data(claims.utf8)))"
    return "\(signed).\(base64URL(Data(signature(Array(signed.utf8)))))"
  }

  private func signature(_ bytes: [UInt8]) -> [UInt8] {
    let command = Command("openssl", ["dgst", "-sha256", "-sign", key], environment: [:])
    let (gate, output) = (Gate(), Output())
    thread.start {
      let run = Result {
        try ProcessConversation(command).run(input: bytes, outputLimit: 64 << 10, timeout: .seconds(30))
      }
      output.bytes.withLock { $0 = (try? run.get().output) ?? [] }
      gate.open()
    }
    gate.wait()
    return output.bytes.withLock { $0 }
  }

  private final class Output: Sendable {
    let bytes = Mutex<[UInt8]>([])
  }
}

/// RFC 7515 section 2.
private func base64URL(_ data: Data) -> String {
  data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
}
