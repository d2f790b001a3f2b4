import HTTPClient
import Model
import Synchronization
import TestSupport

/// Stands between the program and a registry, so that a test can act right before a request gets there.
final class RegistryProxy: Sendable {
  typealias Hook = @Sendable (ServedRequest) async throws -> Void

  private let server: ScriptedServer
  private let underWay: Counter

  /// - Parameter before: Called for each request before it is passed on. Where it throws, the request is not passed on,
  ///   and the connection is reset.
  init(to upstream: RegistryURL, over transport: Transport, before: @escaping Hook) throws {
    let underWay = Counter()
    self.underWay = underWay
    server = try ScriptedServer { request in
      underWay.value.add(1, ordering: .sequentiallyConsistent)
      defer { underWay.value.subtract(1, ordering: .sequentiallyConsistent) }
      return blocking {
        do {
          try await before(request)
          return try await transport.send(request.forwarded(to: upstream)).reply
        } catch {
          return .reset
        }
      }
    }
  }

  var address: RegistryURL { get throws { try RegistryURL(server.url) } }

  /// The requests that came, in order.
  var requests: [ServedRequest] { server.requests }

  /// How many requests the registry has not answered yet.
  var requestsUnderWay: Int { underWay.value.load(ordering: .sequentiallyConsistent) }
}

/// What the server's closure and the proxy share.
private final class Counter: Sendable {
  let value = Atomic(0)
}

/// Runs `body` to its end on the calling thread, which is the server's connection's own.
private func blocking(_ body: @escaping @Sendable () async -> ScriptedReply) -> ScriptedReply {
  let gate = Gate()
  let result = Mutex(ScriptedReply.reset)
  Task.detached {
    let reply = await body()
    result.withLock { $0 = reply }
    gate.open()
  }
  gate.wait()
  return result.withLock(\.self)
}

extension ServedRequest {
  fileprivate func forwarded(to upstream: RegistryURL) throws -> HTTPRequest {
    struct UnknownMethod: Error { let name: String }
    guard let method = HTTPRequest.Method(rawValue: method) else { throw UnknownMethod(name: method) }
    let headers = ["Accept", "Content-Type"].compactMap { name in
      header(name).map { HTTPRequest.Header(name, $0) }
    }
    return HTTPRequest(
      method, "\(upstream)\(target)", headers: headers, body: method == .put ? body : nil,
      followsRedirects: false)
  }
}

extension HTTPResponse {
  fileprivate var reply: ScriptedReply {
    let names = [
      "Content-Type", "Docker-Content-Digest", "Docker-Distribution-Api-Version", "Link", "Location", "Allow",
    ]
    return .answer(
      status: status, headers: names.compactMap { name in headers[name].map { (name, $0) } }, body: body)
  }
}
