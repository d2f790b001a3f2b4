/// What answers one method at one path.
package struct Route: Sendable {
  package enum Method: String, Sendable {
    case get = "GET"
    case post = "POST"

    /// What `Allow` names; whoever can be read can be asked for the head alone (RFC 9110 section 9.3.2).
    var allowed: [String] { self == .get ? ["GET", "HEAD"] : ["POST"] }
  }

  package let method: Method
  /// Whole, as `/healthz`.
  package let path: String
  /// Called on the server's one thread: it has to return at once, and waits for nothing.
  package let answer: @Sendable (IncomingRequest) -> Answer

  package init(_ method: Method, _ path: String, _ answer: @escaping @Sendable (IncomingRequest) -> Answer) {
    self.method = method
    self.path = path
    self.answer = answer
  }
}

/// Which route a request is for.
struct Router: Sendable {
  enum Destination {
    case route(Route)
    /// There is none: 404 or 405.
    case refusal(Answer)
  }

  private let routes: [String: [Route]]

  init(_ routes: [Route]) { self.routes = Dictionary(grouping: routes, by: \.path) }

  func destination(_ method: String, _ path: String) -> Destination {
    guard let here = routes[path] else { return .refusal(.text(404, "there is nothing here")) }
    if let route = here.first(where: { $0.method.allowed.contains(method) }) { return .route(route) }
    let allowed = here.flatMap(\.method.allowed).joined(separator: ", ")
    return .refusal(.text(405, "use \(allowed)", headers: [("Allow", allowed)]))
  }
}
