extension Settings {
  /// An address of this machine on which it is listened.
  package struct Listen: Sendable, Equatable, CustomStringConvertible {
    package static let loopback = Listen(host: "127.0.0.1", port: 8321)

    /// Of IPv4 or IPv6, in digits, without brackets.
    package var host: String
    /// 0 for one that the kernel chooses.
    package var port: UInt16

    package init(host: String, port: UInt16) {
      self.host = host
      self.port = port
    }

    /// Nobody reaches it but from this machine (RFC 1122 section 3.2.1.3; RFC 4291 section 2.5.3).
    package var isLoopback: Bool { host.hasPrefix("127.") || host == "::1" }

    /// As it stands in a URL: `127.0.0.1:8321`, `[::1]:8321`.
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
  }

  /// Who may say that something happened. A hook without a secret is not there.
  package struct Hooks: Sendable, Equatable {
    package var git: Secret?
    package var registry: Secret?

    package init(git: Secret? = nil, registry: Secret? = nil) {
      self.git = git
      self.registry = registry
    }
  }
}
