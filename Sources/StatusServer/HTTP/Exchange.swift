/// A request that is being received, and where it is to be answered.
final class Exchange {
  /// What becomes of the bytes of a body.
  enum Progress: Equatable {
    case goesOn
    /// More than anybody sends by mistake: the connection is not worth an answer.
    case isHopeless
  }

  private let route: Route
  private let path: String
  private let query: [String: String]
  private let headers: [(name: String, value: String)]
  private let limits: ServerLimits
  private var body: [UInt8] = []
  private var received = 0
  /// Why the body is not kept any more.
  private var refusal: Answer?

  init(
    _ route: Route, path: String, query: [String: String], headers: [(name: String, value: String)],
    _ limits: ServerLimits
  ) {
    self.route = route
    self.path = path
    self.query = query
    self.headers = headers
    self.limits = limits
  }

  /// Bytes of it that are kept.
  var kept: Int { body.count }

  static let tooLarge = Answer.text(413, "the body is too large")
  static let busy = Answer.text(503, "too much is being sent", headers: [("Retry-After", "1")])

  /// libmicrohttpd takes an answer before the body or behind it, never in its midst: what is too much is dropped as it comes.
  /// - Parameter others: What other requests keep.
  func receive(_ bytes: UnsafeRawBufferPointer, beside others: Int) -> Progress {
    received += bytes.count
    if received > limits.body {
      refuse(Self.tooLarge)
    } else if others + received > limits.bodies {
      refuse(Self.busy)
    }
    if refusal == nil { body += bytes }
    return received > 2 * limits.body ? .isHopeless : .goesOn
  }

  func answer() -> Answer {
    refusal
      ?? route.answer(IncomingRequest(route.method, path, query: query, headers: headers, body: body))
  }

  private func refuse(_ answer: Answer) {
    refusal = refusal ?? answer
    body = []
  }
}
