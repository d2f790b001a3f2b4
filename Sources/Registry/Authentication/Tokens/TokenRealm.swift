import Model

/// Where a challenge sends for a token (distribution's token specification, "realm"): a URL that may be trusted with the
/// registry's credentials, as far as its text tells.
struct TokenRealm: Hashable, Sendable {
  let url: String
  /// Scheme, host and port: realms of one origin are one service.
  let origin: String

  /// - Throws: `RealmRefused`: for a scheme less safe than the registry's, a loopback or link-local address that the
  ///   registry is not on, and what is no plain URL.
  init(_ text: String, for registry: RegistryURL) throws(RealmRefused) {
    guard let separator = text.firstRange(of: "://"),
      let scheme = RegistryURL.Scheme(rawValue: text[..<separator.lowerBound].lowercased())
    else { throw RealmRefused(text, "it is not an http or https URL") }
    guard text.utf8.count <= 4096,
      text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") })
    else { throw RealmRefused(text, "it has characters that no URL has") }
    let authority = text[separator.upperBound...].prefix { !"/?#".contains($0) }.lowercased()
    // RegistryURL's grammar has no user information and no percent sign, which libcurl would decode into another host.
    let trimmed = authority.replacing(/\.(?=:|$)/, with: "")
    guard let parsed = try? RegistryURL("\(scheme.rawValue)://\(trimmed)"), !text.contains("#") else {
      throw RealmRefused(text, "it has no plain host, or a fragment")
    }
    guard scheme == .https || registry.scheme == .http else {
      throw RealmRefused(text, "the registry is on https, and a password would go unencrypted")
    }
    let kind = HostKind(parsed.host)
    guard kind == .other || kind == HostKind(registry.host) else {
      throw RealmRefused(text, "it is a \(kind == .loopback ? "loopback" : "link-local") address")
    }
    url = text
    origin = "\(parsed)"
  }
}

/// A realm that gets no credentials.
struct RealmRefused: Error, Hashable, CustomStringConvertible {
  let description: String

  init(_ realm: String, _ reason: String) {
    // A query may hold anything.
    description =
      "the registry names the token service \(String(realm.prefix { $0 != "?" }).quoted): \(reason)"
  }
}
