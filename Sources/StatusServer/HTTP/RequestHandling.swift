import CMicroHTTPD
import Glibc
import Reconciler
import Synchronization

/// What libmicrohttpd's callbacks do, on its one thread.
final class RequestHandling: Sendable {
  private let router: Router
  private let limits: ServerLimits
  private let deadlines: ConnectionDeadlines
  /// Bytes of bodies that are kept for requests under way.
  private let kept = Atomic(0)

  init(_ routes: [Route], _ limits: ServerLimits, _ time: any TimeSource) {
    router = Router(routes)
    self.limits = limits
    deadlines = ConnectionDeadlines(limits.request, time)
  }

  /// The head has come: an answer at once where the body makes no difference to it, else what awaits the body.
  func begin(_ connection: OpaquePointer, _ method: String, _ path: String) -> Exchange? {
    let headers = Self.values(of: connection, .HEADER_KIND)
    guard let framing = BodyFraming(headers) else {
      send(.text(400, "it is not clear where the request ends"), on: connection)
      return nil
    }
    switch router.destination(method, path) {
    case .refusal(let answer): send(answer, on: connection)
    case .route(let route) where route.method != .post && framing != .none:
      send(.text(400, "a \(method) has no body"), on: connection)
    case .route(let route):
      if case .length(let length) = framing, length > limits.body {
        send(Exchange.tooLarge, on: connection)
        return nil
      }
      let arguments = Self.values(of: connection, .GET_ARGUMENT_KIND).map { ($0.name, $0.value) }
      let query = Dictionary(arguments) { $1 }
      return Exchange(route, path: path, query: query, headers: headers, limits)
    }
    return nil
  }

  func receive(_ bytes: UnsafeRawBufferPointer, of exchange: Exchange) -> Exchange.Progress {
    let before = exchange.kept
    let others = kept.load(ordering: .relaxed) - before
    defer { kept.add(exchange.kept - before, ordering: .relaxed) }
    return exchange.receive(bytes, beside: others)
  }

  func send(_ answer: Answer, on connection: OpaquePointer) {
    deadlines.requestCame(on: shim_socket(connection))
    var body = answer.body
    let response = body.withUnsafeMutableBytes {
      MHD_create_response_from_buffer($0.count, $0.baseAddress, .RESPMEM_MUST_COPY)
    }
    // Without memory there is no answer: libmicrohttpd then closes the connection.
    guard let response else { return }
    for (name, value) in answer.sentHeaders { MHD_add_response_header(response, name, value) }
    MHD_queue_response(connection, UInt32(answer.status), response)
    MHD_destroy_response(response)
  }

  /// The request was answered, or will not be.
  func end(_ exchange: Exchange?, on connection: OpaquePointer) {
    if let exchange { kept.subtract(exchange.kept, ordering: .relaxed) }
    deadlines.awaitRequest(on: shim_socket(connection))
  }

  func opened(_ connection: OpaquePointer) { deadlines.awaitRequest(on: shim_socket(connection)) }

  func closed(_ connection: OpaquePointer) { deadlines.closed(shim_socket(connection)) }

  /// Header fields or query arguments, in order; what is no UTF-8 is repaired.
  private static func values(
    of connection: OpaquePointer, _ kind: MHD_ValueKind
  ) -> [(name: String, value: String)] {
    var values: [(name: String, value: String)] = []
    withUnsafeMutablePointer(to: &values) {
      _ = MHD_get_connection_values_n(connection, kind, collectValue, $0)
    }
    return values
  }
}

private func collectValue(
  _ context: UnsafeMutableRawPointer?, _ kind: MHD_ValueKind, _ name: UnsafePointer<CChar>?, _ nameSize: Int,
  _ value: UnsafePointer<CChar>?, _ valueSize: Int
) -> MHD_Result {
  func text(_ start: UnsafePointer<CChar>?, _ size: Int) -> String {
    String(decoding: UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : size), as: UTF8.self)
  }
  let values = context!.assumingMemoryBound(to: [(name: String, value: String)].self)
  values.pointee.append((text(name, nameSize), text(value, valueSize)))
  return .YES
}
