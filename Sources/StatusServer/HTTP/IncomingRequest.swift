/// A request that was received whole.
package struct IncomingRequest: Sendable {
  /// `GET` for `HEAD`, too: what is sent differs, what is answered does not.
  package let method: Route.Method
  /// Decoded, without the query: `/hooks/git`.
  package let path: String
  /// Decoded; of a name that stands more than once, the last value.
  package let query: [String: String]
  /// In order, as they came.
  package let headers: [(name: String, value: String)]
  /// As it came, without its transfer coding.
  package let body: [UInt8]

  package init(
    _ method: Route.Method, _ path: String, query: [String: String] = [:],
    headers: [(name: String, value: String)] = [], body: [UInt8] = []
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
  }

  /// Every value of a header, whose name has any case (RFC 9110 section 5.1), in order.
  package func values(of name: String) -> [String] {
    let name = name.lowercased()
    return headers.filter { $0.name.lowercased() == name }.map(\.value)
  }
}
