extension HTTPRequest {
  /// The method, host and path, for people: no query, user information or fragment.
  package var operation: String {
    let (host, path) = hostAndPath
    return "\(method.rawValue) \(host)\(path)"
  }

  /// Scheme, host and port in lower case: what shares one limit on requests in flight.
  var origin: String { "\(url[..<schemeEnd])://\(hostAndPath.host)".lowercased() }

  var isSecure: Bool { url.utf8.prefix(6).map(\.lowercasedASCII).elementsEqual("https:".utf8) }

  var hasScheme: Bool { schemeEnd != url.startIndex }

  /// Where `://` stands; the start where it does not.
  private var schemeEnd: String.Index {
    guard let colon = url.utf8.firstIndex(of: UInt8(ascii: ":")), url.utf8[colon...].starts(with: "://".utf8)
    else { return url.startIndex }
    return colon
  }

  /// The authority without user information, and the path without query (RFC 3986 section 3).
  private var hostAndPath: (host: Substring, path: Substring) {
    let bytes = url.utf8
    var start = hasScheme ? bytes.index(schemeEnd, offsetBy: 3) : bytes.startIndex
    let end = bytes[start...].firstIndex(where: Self.endsAuthority) ?? bytes.endIndex
    if let at = bytes[start..<end].lastIndex(of: UInt8(ascii: "@")) { start = bytes.index(after: at) }
    let pathEnd =
      bytes[end...].firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? bytes.endIndex
    return (url[start..<end], url[end..<pathEnd])
  }

  private static func endsAuthority(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
  }
}
