enum Version {
  static let text = "0.1.0"
  /// What the program names itself to registries.
  static let agent = "tagkeeper/\(text)"
  /// When that version was made, for the manual.
  static let day = "2026-11-23"
}
