/// The text of a gitattributes(5) file: lines `pattern attribute…`.
struct AttributesText {
  private(set) var bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Whether the last line about exactly `pattern` that says something of the same attribute says `attribute`.
  func gives(_ attribute: String, to pattern: String) -> Bool {
    let name = attribute.prefix { $0 != "=" }
    let words = lines.compactMap { line -> Substring? in
      guard let rest = Self.attributes(of: line, pattern) else { return nil }
      return rest.split(whereSeparator: \.isBlank).last { Self.name(of: $0) == name }
    }
    return words.last == attribute[...]
  }

  /// Adds a line, unless the text gives it already.
  mutating func add(_ attribute: String, to pattern: String) {
    if gives(attribute, to: pattern) { return }
    if let last = bytes.last, last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
    bytes += "\(Self.quoted(pattern)) \(attribute)\n".utf8
  }

  private var lines: [String] {
    bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
  }

  /// What follows `pattern`, quoted or not; nil where the line is about another.
  private static func attributes(of line: String, _ pattern: String) -> Substring? {
    let text = line.drop(while: \.isBlank)
    for form in [quoted(pattern), cQuoted(pattern)] where text.hasPrefix(form) {
      let rest = text.dropFirst(form.count)
      if rest.first?.isBlank == true { return rest }
    }
    return nil
  }

  /// `merge` of `merge=x`, `-merge`, `!merge` and `merge`.
  private static func name(of word: Substring) -> Substring {
    (word.first == "-" || word.first == "!" ? word.dropFirst() : word).prefix { $0 != "=" }
  }

  /// As the file needs it: in C's quotes where it would read otherwise, such as with a blank within or as a
  /// comment.
  static func quoted(_ pattern: String) -> String {
    let needsQuotes =
      pattern.hasPrefix("\"") || pattern.hasPrefix("#")
      || pattern.utf8.contains { $0 <= 32 || $0 == 127 }
    return needsQuotes ? cQuoted(pattern) : pattern
  }

  private static func cQuoted(_ pattern: String) -> String {
    let escaped = pattern.unicodeScalars.map { scalar in
      switch scalar {
      case "\"", "\\": "\\\(scalar)"
      case "\t": "\\t"
      case let scalar where scalar.value < 32 || scalar.value == 127:
        "\\\(scalar.value >> 6)\(scalar.value >> 3 & 7)\(scalar.value & 7)"
      default: String(scalar)
      }
    }
    return "\"\(escaped.joined())\""
  }
}

extension Character {
  /// What separates words there; `\r\n` files are read, too.
  fileprivate var isBlank: Bool { self == " " || self == "\t" || self == "\r" }
}
