import Model
import YAML

extension SettingsReader {
  /// Nil, with errors, where it is wrong.
  mutating func verification(_ node: Node) -> Settings.Verification? {
    guard var fields = Fields(node, of: "\"verify\"", &diagnostics) else { return nil }
    let keys = required("keys", "write keys: and the path of a file that lists SSH or OpenPGP keys", &fields)
    {
      $0.path($1, "keys", "the path of a file that lists SSH or OpenPGP keys")
    }
    let mode = optional("mode", .head, &fields) { $0.mode($1) }
    fields.finish(&diagnostics)
    guard let keys, let mode else { return nil }
    return Settings.Verification(keys: keys, mode: mode)
  }

  private mutating func mode(_ node: Node) -> Settings.Verification.Mode? {
    guard let text = node.name("\"mode\"", &diagnostics) else { return nil }
    if let mode = Settings.Verification.Mode(rawValue: text) { return mode }
    diagnostics.error(
      at: node, "\"mode\" is \(text.quoted)",
      remedy: "write head, for the commit that is applied, or all, for those before it as well")
    return nil
  }
}
