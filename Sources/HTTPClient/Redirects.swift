/// The redirects of one request that shows a certificate of the client. libcurl follows all others; it would show the
/// certificate to whoever a redirect names.
struct Redirects {
  /// As libcurl is told for the others.
  static let most = 5

  /// What is to be sent next.
  private(set) var request: HTTPRequest
  private var count = 0

  init(_ request: HTTPRequest) { self.request = request }

  var isRedirected: Bool { count > 0 }

  /// True where `response` leads on: then `request` is another one. Another origin sees neither the certificate nor the
  /// credentials.
  /// - Throws: `HTTPError` of code `tooManyRedirects` or `redirectRefused`.
  mutating func follow(_ response: HTTPResponse) throws(HTTPError) -> Bool {
    guard request.followsRedirectsItself, let target = response.redirectTarget else { return false }
    guard count < Self.most else {
      throw HTTPError(.tooManyRedirects, operation: request.operation, message: "more than \(Self.most)")
    }
    var next = request
    next.url = target
    guard next.isSecure || !request.isSecure else {
      throw HTTPError(.redirectRefused, operation: request.operation, message: "it leads away from https")
    }
    if next.origin != request.origin {
      next.headers.removeAll { $0.name.lowercased() == "authorization" }
      next.tls = next.tls?.withoutClientCertificate
    }
    (request, count) = (next, count + 1)
    return true
  }
}

extension HTTPRequest {
  /// Whether its redirects are ours to follow.
  var followsRedirectsItself: Bool { followsRedirects && tls?.clientCertificate != nil }
}
