/// Where a registry is: `https://registry.example.com`, `http://127.0.0.1:5000`. Without path, query or credentials.
package struct RegistryURL: Sendable, Hashable, CustomStringConvertible {
  package enum Scheme: String, Sendable {
    case http, https

    /// RFC 9110 section 4.2.
    package var defaultPort: Int { self == .https ? 443 : 80 }
  }

  package let scheme: Scheme
  /// In lower case; an IPv6 address with its brackets.
  package let host: String
  /// Nil for the scheme's own.
  package let port: Int?

  /// Host and port: for messages.
  package var authority: String { "\(host)\(port.map { ":\($0)" } ?? "")" }

  /// Without the scheme's own port: as configurations and the files of credentials name a registry.
  package var hostName: String { port == scheme.defaultPort ? host : authority }

  package var description: String { "\(scheme.rawValue)://\(authority)" }

  /// True for `localhost`, 127.0.0.0/8 (RFC 1122, 3.2.1.3) and `[::1]` (RFC 4291, 2.5.3).
  package var isLoopback: Bool {
    if host == "localhost" || host == "[::1]" { return true }
    let octets = host.split(separator: ".", omittingEmptySubsequences: false)
    return octets.count == 4 && octets[0] == "127"
      && octets.allSatisfy { $0.utf8.count <= 3 && UInt8($0) != nil && !$0.hasPrefix("+") }
  }

  /// RFC 3986, 3.2: scheme, host and port alone; one `/` at the end is no path.
  /// - Throws: `InvalidValue` for anything else. It never has the text: a URL may have a password in it.
  package init(_ text: String) throws(InvalidValue) {
    let example = "such as https://registry.example.com"
    guard let separator = text.firstRange(of: "://"),
      let scheme = Scheme(rawValue: text[..<separator.lowerBound].lowercased())
    else {
      throw InvalidValue("the registry is not an http or https URL", remedy: "write one, \(example)")
    }
    var authority = text[separator.upperBound...]
    if authority.contains("@") {
      throw InvalidValue(
        "the registry's URL has credentials in it",
        remedy: "remove them, and write username: and passwordEnv:")
    }
    if authority.hasSuffix("/") { authority.removeLast() }
    if authority.contains(where: { "/?#".contains($0) }) {
      throw InvalidValue(
        "the registry's URL has a path or a query",
        remedy: "end it behind the host and port; repositories stand in the state file")
    }
    let (host, port) = Self.hostAndPort(authority)
    guard Self.isHost(host) else {
      throw InvalidValue("the registry's URL has no valid host", remedy: "write one, \(example)")
    }
    self.scheme = scheme
    self.host = host.lowercased()
    guard let port else {
      self.port = nil
      return
    }
    guard let number = Int(port), (1...65_535).contains(number), port.utf8.first != UInt8(ascii: "+") else {
      throw InvalidValue("the registry's port is not one", remedy: "write a number from 1 to 65535")
    }
    self.port = number
  }

  private static func hostAndPort(_ authority: Substring) -> (host: Substring, port: Substring?) {
    let afterAddress = authority.lastIndex(of: "]") ?? authority.startIndex
    guard let colon = authority[afterAddress...].lastIndex(of: ":") else { return (authority, nil) }
    return (authority[..<colon], authority[authority.index(after: colon)...])
  }

  /// A name or IPv4 address (RFC 1123, 2.1, and `_` as networks of containers have it), or an IPv6 address in brackets.
  private static func isHost(_ host: Substring) -> Bool {
    if host.hasPrefix("[") { return host.wholeMatch(of: /\[[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\]/) != nil }
    guard (1...253).contains(host.utf8.count) else { return false }
    return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      label.utf8.count <= 63 && label.wholeMatch(of: /[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?/) != nil
    }
  }
}
