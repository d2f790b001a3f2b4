package import Model

/// Where a registry is: `https://host[:port]`, or `http://` for a registry without TLS.
package struct RegistryAddress: Hashable, Sendable, CustomStringConvertible {
  /// The URL without a slash at its end.
  package let description: String
  /// Host and port as in the URL: for messages.
  package let authority: String
  /// Without the port.
  private let host: String

  /// - Throws: `InvalidValue` for another scheme, and for user information, a path, a query or a fragment.
  package init(_ text: String) throws(InvalidValue) {
    let remedy = "write https://host or https://host:port"
    let invalid = InvalidValue("\(text.quoted) is not a registry's address", remedy: remedy)
    guard let scheme = ["https://", "http://"].first(where: { text.hasPrefix($0) }) else { throw invalid }
    var authority = text.dropFirst(scheme.count)
    if authority.last == "/" { authority.removeLast() }
    guard let (host, port) = Self.split(authority), Self.isHost(host), port.map(Self.isPort) ?? true else {
      throw invalid
    }
    self.host = host.lowercased()
    self.authority = authority.lowercased()
    description = scheme + self.authority
  }

  /// The host and port as in a URL, `[::1]:5000` or `host`.
  private static func split(_ authority: Substring) -> (host: Substring, port: Substring?)? {
    let end = authority.first == "[" ? authority.firstIndex(of: "]").map(authority.index(after:)) : nil
    guard let colon = authority[(end ?? authority.startIndex)...].firstIndex(of: ":") else {
      return (authority, nil)
    }
    if let end, colon != end { return nil }
    return (authority[..<colon], authority[authority.index(after: colon)...])
  }

  private static func isHost(_ host: Substring) -> Bool {
    if host.first == "[" {
      return host.last == "]" && host.count > 3
        && host.dropFirst().dropLast().allSatisfy { ($0.isASCII && $0.isHexDigit) || $0 == ":" || $0 == "." }
    }
    return !host.isEmpty && host.first != "."
      && host.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == ".") }
  }

  private static func isPort(_ port: Substring) -> Bool {
    port.allSatisfy { $0.isASCII && $0.isNumber } && (UInt16(port) ?? 0) > 0
  }

  /// False on hosts that are known to refuse a manifest's deletion, or to count on none: Docker Hub, GitHub's
  /// and Google's. There a deletion by tombstone is never tried, only reported.
  package var allowsEmulatedDeletion: Bool {
    let refusing = ["docker.io", "docker.com", "ghcr.io", "gcr.io", "pkg.dev"]
    return !refusing.contains { host == $0 || host.hasSuffix("." + $0) }
  }
}
