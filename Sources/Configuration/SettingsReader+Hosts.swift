import Model
import YAML

extension SettingsReader {
  /// What stands at the top level for `registry`, and below `hosts` for each other. To add a key: a property of
  /// `Settings.Host`, and its line here.
  /// - Parameter plainHTTP: As it was read before; nil with an error.
  mutating func host(
    _ fields: inout Fields, _ plainHTTP: Bool?, isEncrypted: Bool
  ) -> Settings.Host? {
    let credentials = credentials(&fields)
    let nodes = ["caFile", "clientCertificate", "clientKey"].map { key in
      (key: key, node: fields.take(key, &diagnostics))
    }
    let paths = nodes.map { key, node in
      node.flatMap { path($0, key, "the path of a file in PEM form") }
    }
    if let key = nodes[2].node, nodes[1].node == nil {
      diagnostics.error(
        at: key, "\"clientKey\" stands without \"clientCertificate\"",
        remedy: "write clientCertificate: and the path of its certificate")
    }
    if !isEncrypted, let (key, node) = nodes.first(where: { $0.node != nil }) {
      diagnostics.error(
        at: node!, "\(key.quoted) is for https, and this registry is on http", remedy: "remove one of the two"
      )
    }
    let concurrency = optional("concurrency", Settings.Host.defaultConcurrency, &fields) {
      $0.number($1, "\"concurrency\"", in: 1...256)
    }
    let rate = fields.take("requestsPerSecond", &diagnostics).flatMap { self.rate($0) }
    guard let plainHTTP, let concurrency else { return nil }
    return Settings.Host(
      credentials: credentials, caFile: paths[0], clientCertificate: paths[1], clientKey: paths[2],
      plainHTTP: plainHTTP, concurrency: concurrency, requestsPerSecond: rate)
  }

  mutating func plainHTTP(_ fields: inout Fields) -> Bool? {
    optional("plainHTTP", false, &fields) { $1.bool("\"plainHTTP\"", &$0.diagnostics) }
  }

  /// - Parameter registry: Its keys stand at the top level.
  mutating func hosts(_ node: Node, besides registry: RegistryURL?) -> [String: Settings.Host]? {
    var hosts: [String: Settings.Host] = [:]
    var first: [String: Node] = [:]
    for member in node.members(of: "\"hosts\"", &diagnostics) {
      guard var fields = Fields(member.value, owner: member.key, of: "the host", &diagnostics) else {
        continue
      }
      let plainHTTP = plainHTTP(&fields)
      let name = hostName(member.key, plainHTTP ?? false)
      let host = host(&fields, plainHTTP, isEncrypted: plainHTTP != true)
      fields.finish(&diagnostics, remedies: Self.secretRemedies)
      guard let name else { continue }
      if let other = first.updateValue(member.key, forKey: name) {
        diagnostics.duplicate(member.key, other, "\(name) is declared twice")
      }
      if name == registry?.hostName {
        diagnostics.error(
          at: member.key, "\(name) is the \"registry\"", remedy: "write its keys at the top level")
      }
      hosts[name] = host
    }
    return hosts
  }

  /// `host[:port]`, without the scheme's own port.
  private mutating func hostName(_ node: Node, _ plainHTTP: Bool) -> String? {
    let text = node.text
    if !text.contains("/"), let url = try? RegistryURL("\(plainHTTP ? "http" : "https")://\(text)") {
      return url.hostName
    }
    diagnostics.error(
      at: node, "the name of a host is not one",
      remedy: "write it as images name it, such as ghcr.io or 10.0.0.1:5000")
    return nil
  }

  /// Requests a second. Nil, with an error, for what is no number, or another one than anybody means.
  private mutating func rate(_ node: Node) -> Double? {
    guard let text = node.name("\"requestsPerSecond\"", &diagnostics) else { return nil }
    if node.style == .plain, text.wholeMatch(of: /[0-9]+(\.[0-9]+)?/) != nil, let value = Double(text),
      (0.001...100_000).contains(value)
    {
      return value
    }
    diagnostics.error(
      at: node, "\"requestsPerSecond\" takes a number from 0.001 to 100000, not \(text.quoted)",
      remedy: "write one such as 50 or 0.5, or remove the line")
    return nil
  }
}
