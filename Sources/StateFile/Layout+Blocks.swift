import YAML

/// Where the lines of an element begin and end, and how far in they stand.
extension Layout {
  /// The start of the line where the element begins, its comments above included.
  func blockStart(_ index: Int) -> Int {
    let start = elements[index].head.first?.range.lowerBound ?? elements[index].key.range.lowerBound
    return source.lineStarts[source.line(at: start)]
  }

  /// Behind the last line of the element, its comments included.
  func blockEnd(_ index: Int) -> Int {
    var last = 0
    for inner in index..<elements[index].end {
      let element = elements[inner]
      last = max(last, element.key.range.upperBound, element.value.range.upperBound)
      for comments in [element.head, element.trailing, element.foot] {
        if let comment = comments.last { last = max(last, comment.range.upperBound) }
      }
    }
    // A block scalar ends at the start of the line after it.
    return isLineStart(last) ? last : endOfLine(last)
  }

  func isLineStart(_ offset: Int) -> Bool { source.lineStarts[source.line(at: offset)] == offset }

  /// Behind the line break of the line of `offset`.
  func endOfLine(_ offset: Int) -> Int {
    let line = source.line(at: offset)
    let starts = source.lineStarts
    return line + 1 < starts.count ? starts[line + 1] : source.bytes.count
  }

  /// True where the line of `offset` has text, so that a blank line is due between it and a block above.
  func hasText(lineOf offset: Int) -> Bool {
    offset < source.bytes.count && !isBlank(line: source.line(at: offset))
  }

  /// How much further in the children of `element` stand; two columns where it has none on lines of their own.
  func step(below element: Int) -> Int {
    let (parent, next) = (elements[element], element + 1)
    guard parent.value.style == .block, next < parent.end else { return 2 }
    return max(1, column(of: elements[next]) - column(of: parent))
  }
}
