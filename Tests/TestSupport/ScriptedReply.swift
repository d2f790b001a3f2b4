/// A request as it came.
package struct ServedRequest: Sendable {
  package let method: String
  /// Path and query.
  package let target: String
  package let headers: [(name: String, value: String)]
  package var body: [UInt8]
  /// Of a body that was counted instead of kept, and of any other.
  package var bodySize = 0

  /// The first value of `name`, in any case.
  package func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  /// The target without its query.
  package var path: String { String(target.prefix { $0 != "?" }) }
}

/// What the server does with a request.
package enum ScriptedReply: Sendable {
  /// A whole answer; `Content-Length` is added.
  case answer(status: Int, headers: [(String, String)], body: [UInt8])
  /// As `answer`, the connection being closed after `bytes` bytes of the body.
  case truncated(status: Int, headers: [(String, String)], body: [UInt8], bytes: Int)
  /// These bytes as they are, then the connection is closed.
  case raw(String)
  /// As `answer`, with a body of `size` bytes, chunked where that is nil, of what `next` returns for each offset until
  /// it returns nil. It is asked on the connection's thread, and may wait. Short of `size`, the connection is closed.
  case produced(
    status: Int, headers: [(String, String)], size: Int?, next: @Sendable (_ offset: Int) -> [UInt8]?)
  /// RST.
  case reset
  /// Nothing, until the client or the server goes.
  case stall
  /// Waits until the gate opens, then plays the other.
  indirect case held(Gate, then: ScriptedReply)

  package static func response(
    _ status: Int, _ headers: [(String, String)] = [], body: String = ""
  ) -> ScriptedReply {
    .answer(status: status, headers: headers, body: Array(body.utf8))
  }
}

/// What the server does with a request's body, once the head has come.
package enum BodyHandling: Sendable {
  /// Sends `100 Continue` where it is expected, and reads the body.
  case read
  /// As `read`, and drops what it reads, but for its size.
  case count
  /// As `read`, without `100 Continue`.
  case readUnasked
  /// Waits until the gate opens, then does the other.
  indirect case held(Gate, then: BodyHandling)
  /// Answers at once, without reading the body, and closes the connection.
  case reply(ScriptedReply)
}
