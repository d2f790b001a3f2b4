import Model

extension RegistryURL {
  /// Whether `url` is of this scheme, host and port (RFC 6454 section 5).
  func isOrigin(of url: String) -> Bool {
    // One with user information in it is none of ours.
    guard let origin = url.origin, url.hasPrefix(origin), let other = try? RegistryURL(origin) else {
      return false
    }
    return other.scheme == scheme && other.host == host
      && other.port ?? scheme.defaultPort == port ?? scheme.defaultPort
  }
}

extension String {
  /// Scheme, host and port of a URL, without user information; nil where there is no `://`.
  var origin: String? {
    guard let start = firstRange(of: "://")?.upperBound else { return nil }
    let end = self[start...].firstIndex { "/?#".contains($0) } ?? endIndex
    let host = self[start..<end].lastIndex(of: "@").map(index(after:)) ?? start
    return String(self[..<start] + self[host..<end])
  }

  /// RFC 3986 section 5.2, but for dot segments, which the server resolves.
  func resolved(against base: String) -> String {
    guard let schemeEnd = base.firstRange(of: "://") else { return self }
    if wholeMatch(of: /[A-Za-z][A-Za-z0-9+.\-]*:.*/) != nil { return self }
    if hasPrefix("//") { return base[..<schemeEnd.lowerBound] + ":" + self }
    let authorityEnd = base[schemeEnd.upperBound...].firstIndex { "/?#".contains($0) } ?? base.endIndex
    if hasPrefix("/") { return base[..<authorityEnd] + self }
    let pathEnd = base[authorityEnd...].firstIndex { "?#".contains($0) } ?? base.endIndex
    if hasPrefix("?") { return base[..<pathEnd] + self }
    let folderEnd = base[authorityEnd..<pathEnd].lastIndex(of: "/").map(base.index(after:)) ?? authorityEnd
    return base[..<folderEnd] + self
  }
}
