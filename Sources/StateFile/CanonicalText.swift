package import Model
import YAML

/// Builds the canonical form: names sorted, two spaces a step, a blank line between images.
struct CanonicalText {
  private(set) var bytes: [UInt8] = []

  mutating func blankLine() { bytes.append(UInt8(ascii: "\n")) }

  /// A line of `key:` or `key: value`, and what trails it.
  mutating func line(
    _ level: Int, _ key: some Sequence<UInt8>, value: (some Sequence<UInt8>)? = [UInt8]?.none,
    trailing: [UInt8] = []
  ) {
    indent(level)
    bytes.append(contentsOf: key)
    bytes.append(UInt8(ascii: ":"))
    if let value {
      bytes.append(UInt8(ascii: " "))
      bytes.append(contentsOf: value)
    }
    bytes.append(contentsOf: trailing)
    bytes.append(UInt8(ascii: "\n"))
  }

  mutating func comment(_ level: Int, _ text: some Sequence<UInt8>) {
    indent(level)
    bytes.append(contentsOf: text)
    bytes.append(UInt8(ascii: "\n"))
  }

  private mutating func indent(_ level: Int) {
    for _ in 0..<level { bytes.append(contentsOf: "  ".utf8) }
  }
}

extension StateText {
  /// The canonical text of `state`: what `formatted()` leaves as it is.
  package init(path: String, state: DesiredState) {
    var text = CanonicalText()
    text.line(0, "version".utf8, value: "1".utf8)
    text.line(0, "repositories".utf8, value: state.entries.isEmpty ? Array("{}".utf8) : nil)
    var last: RepositoryName?
    for entry in state.entries {
      if last != nil { text.blankLine() }
      if entry.key.repository != last { text.line(1, entry.key.repository.description.utf8) }
      last = entry.key.repository
      text.line(2, entry.key.image.description.utf8)
      text.line(3, "digest".utf8, value: entry.digest.description.utf8)
      if let hold = entry.hold { text.line(3, "hold".utf8, value: hold.yamlDoubleQuoted.utf8) }
      if let eol = entry.eol { text.line(3, "eol".utf8, value: eol.description.utf8) }
    }
    self.init(path: path, bytes: text.bytes)
  }
}
