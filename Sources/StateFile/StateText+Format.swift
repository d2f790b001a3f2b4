import Model
import YAML

extension StateText {
  /// The file in its canonical form: names sorted, `digest`, `hold`, `eol` in this order, two spaces a step, a blank
  /// line between images, LF, no byte order mark. Comments stay with what they stand at.
  /// - Throws: `InvalidStateText` where the file has errors.
  package func formatted() throws(InvalidStateText) -> StateText {
    let parsed = ParsedState(self)
    let diagnostics = StateMerge([parsed]).files[0].diagnostics
    guard !diagnostics.hasErrors else { throw InvalidStateText(diagnostics: diagnostics.sorted) }
    return StateText(path: path, bytes: Formatter.format(parsed.document))
  }
}

extension ParsedState {
  /// Warns where the file is not in its canonical form: once, at the first place. A file with errors has none.
  mutating func checkForm() {
    guard !diagnostics.hasErrors else { return }
    let (actual, canonical) = (document.source.bytes, Formatter.format(document))
    guard actual != canonical else { return }
    let shared = min(actual.count, canonical.count)
    let offset = (0..<shared).first { actual[$0] != canonical[$0] } ?? shared
    diagnostics.warning(
      at: offset, "not in canonical form: \(Self.difference(at: offset, actual, canonical))",
      remedy: "run tagkeeper fmt \(document.source.name)")
  }

  private static func difference(at offset: Int, _ actual: [UInt8], _ canonical: [UInt8]) -> String {
    let byte = offset < actual.count ? actual[offset] : nil
    switch byte {
    case 0xEF where offset == 0: return "the file begins with a byte order mark"
    case UInt8(ascii: "\r"): return "the line ends with CR"
    case nil where canonical[offset] == UInt8(ascii: "\n"): return "the last line does not end"
    default: break
    }
    guard offset < canonical.count else { return "the file should end here" }
    let newline = UInt8(ascii: "\n")
    let start = canonical[..<offset].lastIndex(of: newline).map { $0 + 1 } ?? 0
    let line = canonical[start...].prefix { $0 != newline }
    return line.isEmpty
      ? "a blank line is expected here" : "expected \(String(decoding: line, as: UTF8.self).quoted)"
  }
}
