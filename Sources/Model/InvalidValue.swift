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
    let shown = unicodeScalars.prefix(80).map {
      $0.properties.generalCategory == .control ? "\\u{\(String($0.value, radix: 16))}" : String($0)
    }
    return "\"\(shown.joined())\(unicodeScalars.count > 80 ? "…" : "")\""
  }
}
