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
