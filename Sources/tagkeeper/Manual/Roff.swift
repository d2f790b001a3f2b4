/// A page in the macros of man(7). What it is given is text, in which backticks stand around what is bold; nothing of it
/// is taken for a macro, or for another character than it is (groff_char(7)).
struct Roff {
  private(set) var text: String
  /// Nothing stands below the heading yet: it needs no space.
  private var isBelowHeading = true

  /// - Parameter day: As `2026-11-23`.
  init(title: String, section: Int, day: String, source: String) {
    text = ".TH \(Self.quoted(title)) \(section) \(day) \(Self.quoted(source))\n"
  }

  mutating func section(_ name: String) { head("SH", name) }
  mutating func subsection(_ name: String) { head("SS", name) }

  mutating func paragraph(_ words: String) {
    beginBlock()
    add(Self.filled(Self.emphasized(words)))
  }

  /// A label, and behind it what it is.
  mutating func item(_ label: String, _ words: String) {
    text += ".TP\n"
    isBelowHeading = false
    add([Self.emphasized(label)])
    add(Self.filled(Self.emphasized(words)))
  }

  /// Lines that stand as they are.
  mutating func example(_ lines: String) {
    beginBlock()
    text += ".EX\n"
    add(lines.split(separator: "\n").map { Self.escaped(String($0)) })
    text += ".EE\n"
  }

  private mutating func head(_ macro: String, _ name: String) {
    text += ".\(macro) \(Self.quoted(name))\n"
    isBelowHeading = true
  }

  private mutating func beginBlock() {
    if !isBelowHeading { text += ".PP\n" }
    isBelowHeading = false
  }

  private mutating func add(_ lines: [String]) {
    for line in lines {
      // A control character at a line's start would make it a macro.
      text += (line.hasPrefix(".") ? "\\&" : "") + line + "\n"
    }
  }

  /// As a macro's argument.
  private static func quoted(_ text: String) -> String { "\"\(escaped(text))\"" }

  private static func emphasized(_ text: String) -> String {
    let parts = text.split(separator: "`", omittingEmptySubsequences: false).map { escaped(String($0)) }
    return parts.enumerated().map { $0.isMultiple(of: 2) ? $1 : "\\fB\($1)\\fR" }.joined()
  }

  /// Lines of at most 72 bytes, as far as words let them.
  private static func filled(_ text: String) -> [String] {
    var lines: [String] = []
    for word in text.split(whereSeparator: \.isWhitespace) {
      if let last = lines.last, last.utf8.count + word.utf8.count < 72 {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }

  private static func escaped(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      switch scalar {
      case "\\": "\\e"
      // Else a hyphen, which nobody can copy into a shell.
      case "-": "\\-"
      case "'": "\\(aq"
      case "\"": "\\(dq"
      case "`": "\\(ga"
      case "^": "\\(ha"
      case "~": "\\(ti"
      case _ where scalar.isASCII: String(scalar)
      default: "\\[u\(String(scalar.value, radix: 16, uppercase: true).leftPadded)]"
      }
    }.joined()
  }
}

extension String {
  /// Four digits at least (groff_char(7)).
  fileprivate var leftPadded: String { String(repeating: "0", count: max(0, 4 - count)) + self }
}
