import Glibc
import Model
import YAML

extension SettingsReader {
  private static let listenRemedy =
    "write an address in digits and a port, such as 127.0.0.1:8321 or \"[::1]:8321\", or none"

  /// An address, or `none`, which is the inner nil.
  mutating func listen(_ node: Node) -> Settings.Listen?? {
    guard node.kind == .scalar else {
      guard node.kind != .unreadable else { return nil }
      // Without quotes, the brackets of IPv6 are a list's.
      diagnostics.error(at: node, "\"listen\" takes an address", remedy: Self.listenRemedy)
      return nil
    }
    guard let text = node.name("\"listen\"", &diagnostics) else { return nil }
    if text == "none" { return .some(nil) }
    if let listen = Settings.Listen(text) { return listen }
    diagnostics.error(
      at: node, "\(text.quoted) is not an address to listen on", remedy: Self.listenRemedy)
    return nil
  }

  /// - Parameter isServed: Something is listened on.
  mutating func hooks(_ node: Node, isServed: Bool) -> Settings.Hooks? {
    guard var fields = Fields(node, of: "\"hooks\"", &diagnostics) else { return nil }
    let git = hook("git", &fields)
    let registry = hook("registry", &fields)
    fields.finish(&diagnostics)
    if !isServed {
      diagnostics.error(
        at: node, "\"hooks\" stands beside listen: none",
        remedy: "write where to listen, or remove one of the two")
    }
    return Settings.Hooks(git: git, registry: registry)
  }

  /// Nil without it, and with errors.
  private mutating func hook(_ name: String, _ fields: inout Fields) -> Settings.Secret? {
    guard let node = fields.take(name, &diagnostics),
      var fields = Fields(node, of: name.quoted, &diagnostics)
    else { return nil }
    let (file, variable) = (fields.take("secretFile", &diagnostics), fields.take("secretEnv", &diagnostics))
    let remedy =
      "write secretFile: and a path, or secretEnv: and the name of an environment variable that has it"
    fields.finish(&diagnostics, remedies: ["secret": remedy])
    if file == nil, variable == nil, node.isComplete {
      diagnostics.error(at: node, "\(name.quoted) has no secret", remedy: remedy)
    }
    return secret("secret", file: file, variable: variable)
  }
}

extension Settings.Listen {
  /// Nil for what is no `ADDRESS:PORT`, IPv6 in brackets (RFC 3986 section 3.2.2; inet_pton(3)).
  fileprivate init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]),
      text[text.index(after: colon)...].utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    var host = text[..<colon]
    let isIPv6 = host.hasPrefix("[") && host.hasSuffix("]")
    if isIPv6 { host = host.dropFirst().dropLast() }
    var address = in6_addr()
    guard inet_pton(isIPv6 ? AF_INET6 : AF_INET, String(host), &address) == 1 else { return nil }
    self.init(host: String(host), port: port)
  }
}
