/// One HTTP request, as data.
package struct HTTPRequest: Sendable {
  package enum Method: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case put = "PUT"
    case post = "POST"
    case patch = "PATCH"
    case delete = "DELETE"

    /// RFC 9110 section 9.2.1: asking twice, or at another place, changes nothing.
    package var isSafe: Bool { self == .get || self == .head }
  }

  package struct Header: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package var method: Method
  /// An absolute `http` or `https` URL.
  package var url: String
  package var headers: [Header]
  /// Not sent with GET and HEAD. What is too large to be held is sent by `Transport.upload`.
  package var body: [UInt8]?
  /// The most bytes that the answer's body may have; not for a body that comes piece by piece. More is
  /// `HTTPError.Code.bodyTooLarge`.
  package var maximumBodySize: Int
  package var timeouts: HTTPTimeouts
  /// Up to five redirects are followed. Only sensible for GET and HEAD, and on by default for those alone.
  package var followsRedirects: Bool
  package var tls: TLSOptions?

  package init(
    _ method: Method, _ url: String, headers: [Header] = [], body: [UInt8]? = nil,
    maximumBodySize: Int = 4 << 20, timeouts: HTTPTimeouts = HTTPTimeouts(), followsRedirects: Bool? = nil
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.maximumBodySize = maximumBodySize
    self.timeouts = timeouts
    self.followsRedirects = followsRedirects ?? method.isSafe
  }
}

/// How long a request may take; each counts from when the request is sent, not from when it was queued.
package struct HTTPTimeouts: Hashable, Sendable {
  /// To resolve, connect and shake hands.
  package var connect: Duration
  /// Without a byte moving, in whole seconds; not while a body waits for its reader or its source.
  package var idle: Duration
  /// For everything, redirects included. A body that comes or goes piece by piece may take any time.
  package var total: Duration

  package init(
    connect: Duration = .seconds(10), idle: Duration = .seconds(30), total: Duration = .seconds(60)
  ) {
    self.connect = connect
    self.idle = idle
    self.total = total
  }
}

extension Duration {
  /// Rounded up, at least 1: libcurl reads 0 as "no limit" or as its own default.
  var wholeMilliseconds: Int {
    let (seconds, attoseconds) = components
    return max(1, Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
  }

  /// Rounded up, at least 1.
  var wholeSeconds: Int { (wholeMilliseconds + 999) / 1000 }
}
