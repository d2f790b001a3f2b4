package import Model
import YAML

/// Builds the canonical form: names sorted, two spaces a step, a blank line between images. Blocks that go into a
/// file in another form get its columns and line breaks.
struct CanonicalText {
  private(set) var bytes: [UInt8] = []
  /// The column of each level: sections, repositories, images, fields.
  private let columns: [Int]
  private let lineBreak: [UInt8]

  init(columns: [Int] = [0, 2, 4, 6], lineBreak: [UInt8] = [UInt8(ascii: "\n")]) {
    self.columns = columns
    self.lineBreak = lineBreak
  }

  mutating func blankLine() { bytes.append(contentsOf: lineBreak) }

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
    bytes.append(contentsOf: lineBreak)
  }

  mutating func comment(_ level: Int, _ text: some Sequence<UInt8>) {
    indent(level)
    bytes.append(contentsOf: text)
    bytes.append(contentsOf: lineBreak)
  }

  /// An image without comments.
  mutating func image(_ entry: DesiredState.Entry) {
    line(2, entry.key.image.description.utf8)
    for (name, value) in entry.fields { if let value { line(3, name.utf8, value: value.utf8) } }
  }

  /// Lines or blocks that are written already.
  mutating func append(_ block: some Sequence<UInt8>) { bytes.append(contentsOf: block) }

  private mutating func indent(_ level: Int) {
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: columns[level]))
  }
}

extension DesiredState.Entry {
  /// In canonical order.
  static let fieldNames = ["digest", "hold", "eol"]

  /// The fields in canonical order with their values as YAML; nil for a field that is not there.
  var fields: [(name: String, value: String?)] {
    [("digest", digest.description), ("hold", hold?.yamlDoubleQuoted), ("eol", eol?.description)]
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
      text.image(entry)
    }
    self.init(path: path, bytes: text.bytes)
  }
}
