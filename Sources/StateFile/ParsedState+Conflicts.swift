import YAML

extension ParsedState {
  /// True where a file that is no YAML has the markers that a merge leaves (git-merge(1), "How conflicts are
  /// presented"): they are reported, each conflict at its first line, instead of the errors that they make.
  mutating func reportConflicts() -> Bool {
    let source = document.source
    var conflicts = Diagnostics(source)
    var isOpen = false
    for line in source.lineStarts.indices {
      let range = source.content(ofLine: line)
      guard let marker = Marker(source.bytes[range]) else { continue }
      if !isOpen || marker == .start {
        conflicts.error(
          at: range.lowerBound, "a merge conflict is not resolved",
          remedy:
            "keep what is to hold of the two sides, and remove the lines of <<<<<<<, ======= and >>>>>>>")
      }
      isOpen = marker != .end
    }
    if conflicts.hasErrors { diagnostics = conflicts }
    return conflicts.hasErrors
  }
}

/// A line that a merge leaves: seven times its character, then nothing or a space and a name.
private enum Marker: UInt8 {
  case start = 0x3C  // <
  case base = 0x7C  // |
  case middle = 0x3D  // =
  case end = 0x3E  // >

  init?(_ line: ArraySlice<UInt8>) {
    guard let first = line.first, let marker = Marker(rawValue: first) else { return nil }
    let (run, rest) = (line.prefix(7), line.dropFirst(7))
    guard run.count == 7, run.allSatisfy({ $0 == first }), rest.isEmpty || rest.first == UInt8(ascii: " ")
    else {
      return nil
    }
    self = marker
  }
}
