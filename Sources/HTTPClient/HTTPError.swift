/// A request that got no complete answer: what was tried, why it failed, and libcurl's own words.
///
/// Descriptions hold the host and the path, never the query, user information or a header.
package struct HTTPError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Phase: String, Sendable { case connect, idle, total }

  package enum Code: Hashable, Sendable {
    case timeout(Phase)
    /// The host's name has no address.
    case resolve
    case connect
    case tls
    /// The connection ended before an answer began or while it came.
    case reset
    /// The body is shorter than its declared length.
    case truncated
    case bodyTooLarge(limit: Int)
    case headersTooLarge
    /// The source of a request's body has more or less than the size that was declared.
    case wrongBodySize(declared: Int)
    case tooManyRedirects
    /// A redirect to a protocol that is not allowed, such as https to http.
    case redirectRefused
    /// The request itself can't be sent: its URL or a header is malformed.
    case invalidRequest
    /// The server asked for a pause that is too long to wait for, or a quota is nearly used up: nothing was sent.
    case paused
    case cancelled
    /// `Transport.shutdown` ended the transfer.
    case shutDown
    /// `Transport.shutdown` was called before anything was sent.
    case unsent
    /// Another of libcurl's codes (libcurl-errors(3)).
    case other(UInt32)
  }

  package let code: Code
  /// Such as `GET registry.example.com/v2/`.
  package let operation: String
  /// libcurl's message, or ours where it has none.
  package let message: String

  package init(_ code: Code, operation: String, message: String) {
    self.code = code
    self.operation = operation
    self.message = message
  }

  package var description: String {
    let told = "\(operation): \(cause)\(message.isEmpty ? "" : ": \(message)")"
    return remedy.map { "\(told): \($0)" } ?? told
  }

  /// True where the server can't have acted on the request, because it never got all of it.
  package var isBeforeSending: Bool {
    switch code {
    case .timeout(.connect), .resolve, .connect, .tls, .invalidRequest, .paused, .wrongBodySize, .unsent: true
    default: false
    }
  }

  private var cause: String {
    switch code {
    case .timeout(.connect): "no connection in time"
    case .timeout(.idle): "the server fell silent"
    case .timeout(.total): "no complete answer in time"
    case .resolve: "the host's name has no address"
    case .connect: "can't connect"
    case .tls: "TLS failed"
    case .reset: "the connection was cut"
    case .truncated: "the answer was cut short"
    case .bodyTooLarge(let limit): "the answer has more than \(limit) bytes"
    case .headersTooLarge: "the answer's headers are too long"
    case .wrongBodySize(let declared): "the request's body has not the \(declared) bytes that it should"
    case .tooManyRedirects: "too many redirects"
    case .redirectRefused: "a redirect was refused"
    case .invalidRequest: "the request is malformed"
    case .paused: "not sent"
    case .cancelled: "cancelled"
    case .shutDown, .unsent: "the client is shut down"
    case .other(let code): "libcurl error \(code)"
    }
  }
}
