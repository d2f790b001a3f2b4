package import YAML
import Model

/// What a configuration file says.
package struct SettingsReading: Sendable {
  /// Nil where a diagnostic is an error.
  package let settings: Settings?
  /// By place. Lines that may hold a secret are not shown.
  package let diagnostics: [Diagnostic]
}

extension Settings {
  /// Reads the configuration of the file `path`; every error is reported, not only the first.
  package static func read(_ bytes: [UInt8], path: String) -> SettingsReading {
    let (document, diagnostics) = Document.parse(bytes, name: path)
    var reader = SettingsReader(path: path, diagnostics: diagnostics)
    let root = document.root(&reader.diagnostics, ifEmpty: "write one with tagkeeper init")
    let settings = root.flatMap { reader.settings($0) }
    reader.diagnostics.hideLines(where: \.mayHoldSecret)
    return SettingsReading(
      settings: reader.diagnostics.hasErrors ? nil : settings, diagnostics: reader.diagnostics.sorted)
  }
}

/// Reads one file. To add a key: a property of `Settings`, and its line in `settings(_:)`.
struct SettingsReader {
  let path: String
  var diagnostics: Diagnostics

  mutating func settings(_ root: Node) -> Settings? {
    guard var fields = Fields(root, of: "the configuration", &diagnostics) else { return nil }
    let version = fields.require("version", remedy: "write version: 1", &diagnostics)
    if let version, !version.isSupportedVersion(&diagnostics) { return nil }

    let checkout = required("checkout", "write checkout: and the path of a git checkout", &fields) {
      $0.checkoutPath($1)
    }
    let state = optional("state", Settings.defaultState, &fields) { $0.treePath($1) }
    let statePaths = optional("statePaths", [], &fields) { $0.treePaths($1) }
    let plainHTTP = plainHTTP(&fields)
    let registry = required("registry", "write registry: https://registry.example.com", &fields) {
      $0.registryAddress($1, allowsPlainHTTP: plainHTTP ?? true)
    }
    let registryHost = host(
      &fields, plainHTTP, isEncrypted: registry?.url.map { $0.scheme == .https } ?? true)
    let hosts = optional("hosts", [:], &fields) { $0.hosts($1, besides: registry?.url) }
    let channels = required("channels", Self.channelsRemedy, &fields) { $0.channels($1) }
    let verify = fields.take("verify", &diagnostics).flatMap { verification($0) }
    let poll = optional("poll", .seconds(15), &fields) {
      $0.duration($1, "\"poll\"", in: .seconds(1)...(.seconds(86_400)))
    }
    let sweep = optional("sweep", .seconds(300), &fields) {
      $0.duration($1, "\"sweep\"", in: .seconds(1)...(.seconds(7 * 86_400)))
    }
    let fetch = optional("fetch", nil, &fields) { $0.fetch($1, channels) }
    let listen = optional("listen", .loopback, &fields) { $0.listen($1) }
    let hooks = optional("hooks", Settings.Hooks(), &fields) { $0.hooks($1, isServed: listen != .some(nil)) }
    fields.finish(&diagnostics, remedies: Self.secretRemedies)

    guard let checkout, let state, let statePaths, let registry, let registryHost, let hosts, let channels,
      let poll, let sweep, let fetch, let listen, let hooks
    else { return nil }
    return Settings(
      checkout: checkout, state: state, statePaths: statePaths, registry: registry,
      registryHost: registryHost, hosts: hosts, channels: channels, verify: verify, poll: poll, sweep: sweep,
      fetch: fetch, listen: listen, hooks: hooks)
  }

  /// The value of `key` by `read`, which reports errors and then returns nil; a missing key is an error too.
  mutating func required<T>(
    _ key: String, _ remedy: String, _ fields: inout Fields, _ read: (inout Self, Node) -> T?
  ) -> T? {
    guard let node = fields.require(key, remedy: remedy, &diagnostics) else { return nil }
    return read(&self, node)
  }

  /// The same; `fallback` where the key is missing.
  mutating func optional<T>(
    _ key: String, _ fallback: T, _ fields: inout Fields, _ read: (inout Self, Node) -> T?
  ) -> T? {
    guard let node = fields.take(key, &diagnostics) else { return fallback }
    return read(&self, node)
  }
}

extension ArraySlice<UInt8> {
  /// A line that may name a password or a token, as keys that are not known may, or has something before an `@`.
  fileprivate var mayHoldSecret: Bool {
    let line = String(decoding: self, as: UTF8.self).lowercased()
    return ["pass", "token", "secret", "auth", "credential", "username", "@"].contains { line.contains($0) }
  }
}
