import Configuration

extension Settings {
  /// Reads a configuration of one channel and what every one has to have, with `lines` at its end.
  static func readMinimal(with lines: String, branch: String = "b", path: String) -> SettingsReading {
    let text = """
      version: 1
      checkout: /srv
      registry: https://r.example
      channels: {a: {branch: \(branch), tag: "{image}"}}
      \(lines)
      """
    return read(Array(text.utf8), path: path)
  }
}
