package import HTTPClient
package import Model
import Registry
import Synchronization

/// Stands between a client and a registry, and fails a share of the requests in random ways.
///
/// What happens to a request depends on the seed and on how often the same was asked before, not on the order in which
/// others come.
package final class FaultProxy: Sendable {
  fileprivate struct State {
    var share = 0.0
    var seed: UInt64
    var asked: [String: UInt64] = [:]
    var faults: [Fault: Int] = [:]
    /// Requests that take effect later, and after how many further ones.
    var late: [(due: Int, request: ServedRequest)] = []
    var count = 0
  }

  private let state: SharedState
  private let server: ScriptedServer
  private let upstream: RegistryURL
  private let transport: Transport

  package init(to upstream: RegistryURL, over transport: Transport, seed: UInt64) throws {
    let state = SharedState(State(seed: seed))
    (self.state, self.upstream, self.transport) = (state, upstream, transport)
    server = try ScriptedServer { request in
      let (fault, late) = state.value.withLock { $0.take(request) }
      return blocking {
        for request in late { await Self.forward(request, upstream, transport) }
        return await Self.answer(request, fault, upstream, transport)
      }
    }
  }

  package var address: RegistryURL { get throws { try RegistryURL(server.url) } }

  /// How many requests came, and how many of them failed.
  package var counts: (requests: Int, faults: Int) {
    state.value.withLock { ($0.count, $0.faults.values.reduce(0, +)) }
  }

  /// The share of requests that fail from now on, from 0 to 1.
  package func fail(_ share: Double) { state.value.withLock { $0.share = share } }

  /// Returns when what was to take effect later has.
  package func settle() async {
    let late = state.value.withLock { state in
      defer { state.late = [] }
      return state.late
    }
    for (_, request) in late { await Self.forward(request, upstream, transport) }
  }

  private static func answer(
    _ request: ServedRequest, _ fault: Fault?, _ upstream: RegistryURL, _ transport: Transport
  ) async -> ScriptedReply {
    if case .lost(let answer) = fault { return answer.reply }
    if case .delayed(_, let answer) = fault { return answer.reply }
    guard let response = await forward(request, upstream, transport) else { return .reset }
    switch fault {
    case .answerLost(let answer): return answer.reply
    case .bodyCutShort:
      let bytes = response.body.isEmpty ? Array("{}".utf8) : response.body
      return response.reply.with(body: bytes).cutShort
    case .wrongDigest:
      let digest = sha256(Array("another".utf8) + response.body + Array(request.target.utf8))
      return response.reply.with(("Docker-Content-Digest", digest.description))
    case .wrongBytes: return response.reply.with(body: response.body.map { $0 == 0x61 ? 0x62 : $0 })
    case nil, .lost, .delayed, .duplicated: return response.reply
    }
  }

  @discardableResult
  private static func forward(
    _ request: ServedRequest, _ upstream: RegistryURL, _ transport: Transport
  ) async -> HTTPResponse? {
    guard let forwarded = try? request.forwarded(to: upstream) else { return nil }
    return try? await transport.send(forwarded)
  }
}

/// The server's closure and the proxy share this.
private final class SharedState: Sendable {
  let value: Mutex<FaultProxy.State>

  init(_ state: sending FaultProxy.State) { value = Mutex(state) }
}

extension FaultProxy.State {
  /// What happens to `request`, and which earlier ones take effect before it.
  mutating func take(_ request: ServedRequest) -> (Fault?, late: [ServedRequest]) {
    count += 1
    let due = late.filter { $0.due <= count }.map(\.request)
    late.removeAll { $0.due <= count }
    let fault = fault(for: request)
    switch fault {
    case .delayed(let after, _), .duplicated(let after): late.append((count + after, request))
    default: break
    }
    if let fault { faults[fault, default: 0] += 1 }
    return (fault, due)
  }

  private mutating func fault(for request: ServedRequest) -> Fault? {
    let name = "\(request.method) \(request.target)"
    asked[name, default: 0] += 1
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    var random = SeededGenerator(seed: seed ^ hash ^ asked[name]! &* 0x9e37_79b9)
    guard Double.random(in: 0..<1, using: &random) < share else { return nil }
    return .random(isWrite: ["PUT", "DELETE"].contains(request.method), using: &random)
  }
}

extension ScriptedReply {
  fileprivate func with(body: [UInt8]) -> ScriptedReply {
    guard case .answer(let status, let headers, _) = self else { return self }
    return .answer(status: status, headers: headers, body: body)
  }

  fileprivate func with(_ header: (String, String)) -> ScriptedReply {
    guard case .answer(let status, let headers, let body) = self else { return self }
    return .answer(status: status, headers: headers.filter { $0.0 != header.0 } + [header], body: body)
  }

  fileprivate var cutShort: ScriptedReply {
    guard case .answer(let status, let headers, let body) = self else { return self }
    return .truncated(status: status, headers: headers, body: body, bytes: body.count / 2)
  }
}
