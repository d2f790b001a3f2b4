/// A comment from its `#` to the end of its line, white space at the end left out.
package struct Comment: Sendable {
  /// Offsets in the source's bytes.
  package let range: Range<Int>
  /// True where only white space stands before it on its line.
  package let isWholeLine: Bool
}

extension Document {
  /// All comments, in document order. For a tree without errors: between its scalars no `#` is anything else.
  package var comments: [Comment] {
    var comments: [Comment] = []
    var position = source.start
    for record in records where record.kind == .scalar {
      collect(position..<record.start, into: &comments)
      if record.style == .block {
        // The line of the | or > can have one; the lines after it are text.
        let line = source.line(at: record.start)
        collect(record.start..<source.content(ofLine: line).upperBound, into: &comments)
      }
      position = max(position, record.end)
    }
    collect(position..<source.bytes.count, into: &comments)
    return comments
  }

  private func collect(_ gap: Range<Int>, into comments: inout [Comment]) {
    var offset = gap.lowerBound
    while offset < gap.upperBound {
      guard source.bytes[offset] == UInt8(ascii: "#") else {
        offset += 1
        continue
      }
      let line = source.content(ofLine: source.line(at: offset))
      var end = line.upperBound
      while source.bytes[end - 1].isWhite { end -= 1 }
      let isWholeLine = source.bytes[line.lowerBound..<offset].allSatisfy(\.isWhite)
      comments.append(Comment(range: offset..<end, isWholeLine: isWholeLine))
      offset = line.upperBound
    }
  }
}

extension UInt8 {
  fileprivate var isWhite: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
}
