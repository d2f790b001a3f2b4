import Model

/// Digests as people name them: whole, or by their first digits.
enum DigestArgument {
  private static let shortest = 7

  /// - Parameter known: what a prefix may mean.
  /// - Throws: `CommandFailure` for what is no digest, for what none of `known` is, and for what several are.
  static func digest(_ text: String, among known: Set<Digest>) throws(CommandFailure) -> Digest {
    let hex = text.hasPrefix("sha256:") ? String(text.dropFirst("sha256:".count)) : text
    guard (shortest...64).contains(hex.utf8.count), hex.utf8.allSatisfy(\.isLowerHexDigit) else {
      throw CommandFailure(
        "--digest \(text.quoted): write sha256: and 64 lower-case hex digits, or at least the first \(shortest)",
        status: .usage)
    }
    let found = known.filter { $0.hex.hasPrefix(hex) }.sorted()
    guard let digest = found.first else {
      throw CommandFailure("no branch here ever declared a digest that starts with sha256:\(hex)")
    }
    guard found.count == 1 else {
      let choices = found.prefix(5).map(\.description).joined(separator: "\n  ")
      throw CommandFailure(
        "\(found.count) digests start with sha256:\(hex), such as\n  \(choices)\nwrite more of it",
        status: .usage)
    }
    return digest
  }
}
