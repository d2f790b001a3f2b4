/// A source line made fit for a terminal or a log, and the caret under it.
package struct Excerpt: Sendable, Equatable {
  /// The line, cut around the caret to about 100 characters, with control characters made visible.
  package let line: String
  /// What to print below the line: white space and a `^`.
  package let caret: String

  private static let longest = 100
  private static let mostBeforeCaret = 70

  /// The line `range` of `source` (valid UTF-8 in `source.start...`), with the caret at the byte `offset`.
  init(_ source: Source, line range: Range<Int>, offset: Int) {
    let offset = min(max(offset, range.lowerBound), range.upperBound)
    var start = range.lowerBound
    var end = range.upperBound
    if range.count > Self.longest {
      start = source.offset(offset, movedBack: Self.mostBeforeCaret, notBefore: range.lowerBound)
      end = source.offset(start, movedForward: Self.longest, notAfter: range.upperBound)
    }
    var (shown, padding) = (start > range.lowerBound ? "…" : "", start > range.lowerBound ? " " : "")
    for scalar in String(decoding: source.bytes[start..<offset], as: UTF8.self).unicodeScalars {
      let visible = scalar.visible
      shown += visible
      // A tab below a tab: the caret then stands right whatever the width of tabs.
      padding +=
        scalar == "\t"
        ? "\t" : String(repeating: " ", count: visible.unicodeScalars.reduce(0) { $0 + $1.columns })
    }
    for scalar in String(decoding: source.bytes[offset..<max(offset, end)], as: UTF8.self).unicodeScalars {
      shown += scalar.visible
    }
    line = end < range.upperBound ? shown + "…" : shown
    caret = padding + "^"
  }

  var lines: [String] { ["  | " + line, "  | " + caret] }
}

extension Source {
  fileprivate func offset(_ offset: Int, movedBack characters: Int, notBefore limit: Int) -> Int {
    var (offset, left) = (offset, characters)
    while offset > limit, left > 0 {
      offset -= 1
      while offset > limit, bytes[offset].continuesCharacter { offset -= 1 }
      left -= 1
    }
    return offset
  }

  fileprivate func offset(_ offset: Int, movedForward characters: Int, notAfter limit: Int) -> Int {
    var (offset, left) = (offset, characters)
    while offset < limit, left > 0 {
      offset += 1
      while offset < limit, bytes[offset].continuesCharacter { offset += 1 }
      left -= 1
    }
    return offset
  }
}

extension UInt8 {
  /// A byte after the first of a UTF-8 character.
  var continuesCharacter: Bool { self & 0xC0 == 0x80 }
}

extension Unicode.Scalar {
  /// The character, or for one that would move a terminal's cursor or reorder text, something that stands for it.
  fileprivate var visible: String {
    switch (value, properties.generalCategory) {
    case (0x09, _): "\t"
    case (0..<0x20, _): String(Unicode.Scalar(0x2400 + value)!)
    case (0x7F, _): "\u{2421}"
    case (_, .control), (_, .format): "<\(String(value, radix: 16, uppercase: true))>"
    default: String(self)
    }
  }

  /// The columns of a terminal that it takes: 0, 1 or 2 (Unicode Standard Annex 11; the wide blocks, coarsely).
  fileprivate var columns: Int {
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return 0
    default: break
    }
    switch value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF,
      0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }
}
