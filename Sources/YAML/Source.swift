/// One YAML text: the name that messages give it, its bytes, and where its lines start.
package struct Source: Sendable {
  /// The most that a text may have: 64 MiB.
  package static let maximumSize = 64 << 20

  package let name: String
  package let bytes: [UInt8]
  /// Offset of each line's first byte, ascending; the first is 3 where a byte order mark stands there. LF, CR LF
  /// and CR end a line (YAML 1.2.2, 5.4).
  package let lineStarts: [Int]

  package init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
    var starts = [bytes.starts(with: Self.byteOrderMark) ? Self.byteOrderMark.count : 0]
    for offset in bytes.indices {
      let byte = bytes[offset]
      guard byte <= UInt8(ascii: "\r") else { continue }
      let isLoneReturn =
        byte == UInt8(ascii: "\r")
        && (offset + 1 == bytes.count || bytes[offset + 1] != UInt8(ascii: "\n"))
      if byte == UInt8(ascii: "\n") || isLoneReturn { starts.append(offset + 1) }
    }
    lineStarts = starts
  }

  static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// Where YAML begins: after a byte order mark.
  package var start: Int { lineStarts[0] }

  /// The 0-based line of the byte at `offset`; the last line for an offset past the end.
  package func line(at offset: Int) -> Int {
    var (low, high) = (0, lineStarts.count)
    while low + 1 < high {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    return low
  }

  /// The bytes of the 0-based `line`, without its line break.
  package func content(ofLine line: Int) -> Range<Int> {
    let start = lineStarts[line]
    var end = line + 1 < lineStarts.count ? lineStarts[line + 1] : bytes.count
    while end > start, bytes[end - 1] == UInt8(ascii: "\n") || bytes[end - 1] == UInt8(ascii: "\r") {
      end -= 1
    }
    return start..<end
  }
}
