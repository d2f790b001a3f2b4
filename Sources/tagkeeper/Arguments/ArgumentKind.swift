import Model

/// What an option's value or an operand may be: what parsing checks, and what shells complete.
enum ArgumentKind: Hashable, Sendable {
  /// Only the command can judge it.
  case text
  case file
  case folder
  /// The name of a command of this program.
  case command
  /// One of a few words.
  case word([String])

  static func oneOf<Choice: RawRepresentable<String> & CaseIterable>(_: Choice.Type) -> ArgumentKind {
    .word(Choice.allCases.map(\.rawValue))
  }

  /// - Parameter name: The option, or the operand as the usage line shows it.
  /// - Throws: `CommandFailure` with status 64 for none of the words.
  func check(_ text: String, of name: String) throws(CommandFailure) {
    guard case .word(let words) = self, !words.contains(text) else { return }
    throw CommandFailure(
      "\(name) \(text.quoted): use one of \(words.joined(separator: ", "))", status: .usage)
  }
}
