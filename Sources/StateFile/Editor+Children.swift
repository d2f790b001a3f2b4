import YAML

extension Editor {
  /// Between the children of `owner` that stay, white space stays too; an addition has a blank line on both sides.
  mutating func rewriteChildren(
    of owner: Int, adding additions: [Addition]
  ) throws(StateEditError) {
    let children = layout.children(of: owner)
    guard !additions.isEmpty || children.contains(where: removed.contains) else { return }
    guard !children.isEmpty else { return try fill(owner, with: additions) }
    guard layout.elements[owner].value.style == .block else { throw needsFormat }
    let places = places(of: additions, among: children)
    var (next, pending, hasGone) = (0, [Addition](), false)
    var last: Int?
    for (position, child) in children.enumerated() {
      while next < additions.count, places[next] <= position {
        pending.append(additions[next])
        next += 1
      }
      guard !removed.contains(child) else {
        hasGone = true
        continue
      }
      if hasGone || !pending.isEmpty {
        try join(children, after: last, before: position, with: pending)
      }
      (pending, hasGone, last) = ([], false, position)
    }
    pending += additions[next...]
    if last == nil, pending.isEmpty { return try empty(owner, children) }
    if hasGone || !pending.isEmpty { try finish(children, after: last, with: pending) }
  }

  /// For each addition the position of the first child that sorts after it, in a file that need not be sorted.
  private func places(of additions: [Addition], among children: [Int]) -> [Int] {
    var place = 0
    // The additions ascend, so that the place of the next is never before this one's.
    return additions.map { addition in
      let name = Array(addition.name.utf8)
      while place < children.count,
        !name.lexicographicallyPrecedes(layout.elements[children[place]].key.bytes)
      { place += 1 }
      return place
    }
  }

  /// Writes what stands between two children that stay, or above the first of them.
  private mutating func join(
    _ children: [Int], after last: Int?, before next: Int, with additions: [Addition]
  ) throws(StateEditError) {
    let end = layout.blockStart(children[next])
    guard let last else {
      return splice(try lines(layout.blockStart(children[0]), end), text(additions, isOpen: true))
    }
    let start = layout.blockEnd(children[last])
    let gap = Array(layout.source.bytes[try lines(start, layout.blockStart(children[last + 1]))])
    let isSeparated = !gap.isEmpty || additions.isEmpty
    splice(try lines(start, end), (isSeparated ? gap : lineBreak) + text(additions, isOpen: true))
  }

  /// Writes what stands below the last child that stays.
  private mutating func finish(
    _ children: [Int], after last: Int?, with additions: [Addition]
  ) throws(StateEditError) {
    let start = last.map { layout.blockEnd(children[$0]) } ?? layout.blockStart(children[0])
    let end = layout.blockEnd(children[children.count - 1])
    guard !additions.isEmpty else { return splice(try lines(start, end), []) }
    let above = (layout.isLineStart(start) ? [] : lineBreak) + (last == nil ? [] : lineBreak)
    splice(try lines(start, end), above + text(additions, isOpen: layout.hasText(lineOf: end)))
  }

  /// - Throws: where two children share a line, as explicit keys (`? a`) let them.
  private func lines(_ start: Int, _ end: Int) throws(StateEditError) -> Range<Int> {
    guard start <= end else { throw needsFormat }
    return start..<end
  }

  /// The additions with a blank line between them, and behind the last where something follows.
  private func text(_ additions: [Addition], isOpen: Bool) -> [UInt8] {
    let lines = Array(additions.map(\.lines).joined(separator: lineBreak))
    return isOpen && !additions.isEmpty ? lines + lineBreak : lines
  }

  /// Replaces the `{}` or nothing of `owner`.
  private mutating func fill(_ owner: Int, with additions: [Addition]) throws(StateEditError) {
    let colon = try colon(of: owner)
    let value = layout.elements[owner].value.range
    let line = layout.source.content(ofLine: layout.source.line(at: colon))
    // A value on lines of its own, or with comments in it, is more than a splice can replace.
    guard value.isEmpty || line.contains(value.lowerBound) && value.upperBound <= line.upperBound else {
      throw needsFormat
    }
    if !value.isEmpty { splice((colon + 1)..<value.upperBound, []) }
    let end = layout.endOfLine(colon)
    splice(end..<end, (layout.isLineStart(end) ? [] : lineBreak) + text(additions, isOpen: false))
  }

  /// Leaves `{}`, or nothing of a repository that has no comments either.
  private mutating func empty(_ owner: Int, _ children: [Int]) throws(StateEditError) {
    let element = layout.elements[owner]
    let hasComments = !(element.head.isEmpty && element.trailing.isEmpty && element.foot.isEmpty)
    guard element.level == .section || hasComments else {
      removed.insert(owner)
      return
    }
    let colon = try colon(of: owner)
    splice((colon + 1)..<(colon + 1), Array(" {}".utf8))
    splice(layout.blockStart(children[0])..<layout.blockEnd(children[children.count - 1]), [])
  }

  /// The `:` behind the key: nothing but white space can stand between.
  private func colon(of element: Int) throws(StateEditError) -> Int {
    let bytes = layout.source.bytes[layout.elements[element].key.range.upperBound...]
    guard let colon = bytes.firstIndex(where: { $0 != UInt8(ascii: " ") }), bytes[colon] == UInt8(ascii: ":")
    else { throw needsFormat }
    return colon
  }
}
