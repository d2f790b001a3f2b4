/// A text that is not what it should be, with what would be. Thrown by the validating initialisers of `Model`.
package struct InvalidValue: Error, Equatable, CustomStringConvertible {
  /// What is wrong, naming the text: `"Foo" is not a repository name`.
  package let problem: String
  /// The rule that mends it: `use lower-case letters, …`.
  package let remedy: String

  package init(_ problem: String, remedy: String) {
    self.problem = problem
    self.remedy = remedy
  }

  package var description: String { "\(problem): \(remedy)" }
}

extension String {
  /// The text in quotes, shortened to 80 characters, control characters escaped: safe for a terminal and a log.
  package var quoted: String {
    "\"\(String(String.UnicodeScalarView(unicodeScalars.prefix(80))).printable)\(unicodeScalars.count > 80 ? "…" : "")\""
  }

  /// The text with its control characters escaped, so that what came from a registry or from git can't steer a terminal.
  package var printable: String {
    guard unicodeScalars.contains(where: \.isControl) else { return self }
    return unicodeScalars.map { scalar in
      if scalar == "\t" { return "  " }
      return scalar.isControl ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
    }.joined()
  }
}

extension Unicode.Scalar {
  /// C0, C1, and the invisible marks that reorder text (Unicode's `Bidi_Control`).
  fileprivate var isControl: Bool {
    properties.generalCategory == .control || properties.isBidiControl
  }
}
