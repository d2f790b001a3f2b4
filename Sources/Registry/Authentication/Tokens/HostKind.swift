import Glibc

/// What a host of a URL leads to, as far as its text tells: names are not resolved.
enum HostKind: Hashable, Sendable {
  /// 127.0.0.0/8, `::1`, `localhost`; and 0.0.0.0/8 and `::`, which Linux connects to itself.
  case loopback
  /// 169.254.0.0/16 (RFC 3927), where clouds serve their machines' own credentials, and fe80::/10 (RFC 4291).
  case linkLocal
  case other

  /// - Parameter host: Of a URL, an IPv6 address in its brackets. Numbers count in every form that inet_aton(3) takes.
  init(_ host: some StringProtocol) {
    var name = host.lowercased()
    if name.hasPrefix("["), name.hasSuffix("]") {
      self = Self(ipv6: String(name.dropFirst().dropLast()))
      return
    }
    while name.hasSuffix(".") { name.removeLast() }
    if name == "localhost" || name.hasSuffix(".localhost") || Self.loopbackNames.contains(name) {
      self = .loopback
      return
    }
    var address = in_addr()
    self = inet_aton(name, &address) == 1 ? Self(ipv4: UInt32(bigEndian: address.s_addr)) : .other
  }

  /// What Debian's, Fedora's and Alpine's /etc/hosts call it.
  private static let loopbackNames: Set = [
    "ip6-localhost", "ip6-loopback", "localhost.localdomain", "localhost4", "localhost6",
    "localhost4.localdomain4", "localhost6.localdomain6",
  ]

  private init(ipv4: UInt32) {
    switch ipv4 >> 24 {
    case 127, 0: self = .loopback
    default: self = ipv4 >> 16 == 0xA9FE ? .linkLocal : .other
    }
  }

  private init(ipv6 text: String) {
    var address = in6_addr()
    guard inet_pton(AF_INET6, text, &address) == 1 else {
      self = .other
      return
    }
    let bytes = withUnsafeBytes(of: &address) { Array($0) }
    let last = bytes[12...].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    // IPv4 within IPv6: mapped and compatible (RFC 4291 section 2.5.5), and by a translator (RFC 6052 section 2.1).
    let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
    let isTranslated = bytes[..<12].elementsEqual([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0])
    if bytes[..<12].allSatisfy({ $0 == 0 }) {
      self = last <= 1 ? .loopback : Self(ipv4: last)
    } else if isMapped || isTranslated {
      self = Self(ipv4: last)
    } else {
      self = bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80 ? .linkLocal : .other
    }
  }
}
