import Model
import YAML

/// Splices the bytes of a file without errors; everything that is not named stays byte for byte.
struct Editor {
  private let layout: Layout
  private let lineBreak: [UInt8]
  /// Ranges that do not overlap, and what replaces them.
  private var splices: [(range: Range<Int>, bytes: [UInt8])] = []

  init(_ document: Document) {
    layout = Layout(document)
    let bytes = document.source.bytes
    let end = bytes.firstIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
    lineBreak = Array(end.map { bytes[$0] } == UInt8(ascii: "\r") ? "\r\n".utf8 : "\n".utf8)
  }

  var result: [UInt8] {
    var bytes = layout.source.bytes
    for (range, replacement) in splices.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
      bytes.replaceSubrange(range, with: replacement)
    }
    return bytes
  }

  mutating func set(_ key: ImageKey, _ digest: Digest) throws(StateEditError) {
    let repositories = try repositories()
    guard let repository = child(of: repositories, named: key.repository.description) else {
      let lines = ["\(key.image):", "  digest: \(digest)"]
      return try insert(into: repositories, key.repository.description, lines)
    }
    guard let image = child(of: repository, named: key.image.description) else {
      return try insert(into: repository, key.image.description, ["digest: \(digest)"])
    }
    guard let field = child(of: image, named: "digest") else { throw needsFormat }
    try replace(layout.elements[field].value, with: digest)
  }

  mutating func remove(_ key: ImageKey) throws(StateEditError) {
    guard let repository = child(of: try repositories(), named: key.repository.description),
      let image = child(of: repository, named: key.image.description)
    else {
      throw StateEditError(
        "\(layout.source.name) does not declare \(key)", remedy: "check the names of repository and image")
    }
    try remove(image)
  }

  private var needsFormat: StateEditError { .needsFormat(layout.source.name) }

  private func repositories() throws(StateEditError) -> Int {
    guard let section = child(of: nil, named: "repositories") else { throw needsFormat }
    return section
  }

  private func child(of parent: Int?, named name: String) -> Int? {
    layout.children(of: parent).first { layout.elements[$0].key.hasText(name) }
  }

  private mutating func replace(_ scalar: Node, with digest: Digest) throws(StateEditError) {
    let quote: String
    switch scalar.style {
    case .plain: quote = ""
    case .singleQuoted: quote = "'"
    case .doubleQuoted: quote = "\""
    case .block, .flow: throw needsFormat
    }
    splices.append((scalar.range, Array("\(quote)\(digest)\(quote)".utf8)))
  }
}

extension Editor {
  /// Adds `name:` and the lines below it as a child of `owner`, before the first child that sorts after it.
  private mutating func insert(
    into owner: Int, _ name: String, _ body: [String]
  ) throws(StateEditError) {
    let children = layout.children(of: owner)
    guard let first = children.first else { return try insertOnlyChild(of: owner, name, body) }
    guard layout.elements[owner].value.style == .block else { throw needsFormat }
    let column = layout.column(of: layout.elements[first])
    let block = block(name, body, column: column, step: step(below: first))
    let successor = children.first { layout.elements[$0].key.bytes.followsName(name) }
    if let successor {
      let start = blockStart(successor)
      let needsBlank = successor != first && !layout.isBlankAbove(start)
      splices.append((start..<start, (needsBlank ? lineBreak : []) + block + lineBreak))
    } else {
      let end = blockEnd(children[children.count - 1])
      let bytes = layout.source.bytes
      let isLineStart = layout.source.lineStarts[layout.source.line(at: end)] == end
      let nextLine = layout.source.line(at: end)
      let needsBlankBelow = end < bytes.count && !layout.isBlank(line: nextLine)
      splices.append(
        (end..<end, (isLineStart ? [] : lineBreak) + lineBreak + block + (needsBlankBelow ? lineBreak : [])))
    }
  }

  /// Replaces the `{}` or nothing of `owner`.
  private mutating func insertOnlyChild(
    of owner: Int, _ name: String, _ body: [String]
  ) throws(StateEditError) {
    let element = layout.elements[owner]
    let colon = try colon(of: element)
    let value = element.value.range
    let line = layout.source.content(ofLine: layout.source.line(at: colon))
    // A value on lines of its own, or with comments in it, is more than a splice can replace.
    guard value.isEmpty || line.contains(value.lowerBound) && value.upperBound <= line.upperBound else {
      throw needsFormat
    }
    if !value.isEmpty { splices.append(((colon + 1)..<value.upperBound, [])) }
    let column = layout.column(of: element) + 2
    let block = block(name, body, column: column, step: 2)
    let next = endOfLine(colon)
    let isLineStart = layout.source.lineStarts[layout.source.line(at: next)] == next
    splices.append((next..<next, (isLineStart ? [] : lineBreak) + block))
  }

  private func block(_ name: String, _ body: [String], column: Int, step: Int) -> [UInt8] {
    let indented = body.map { String(repeating: " ", count: column + step) + $0 }
    let lines = [String(repeating: " ", count: column) + name + ":"] + indented
    return lines.flatMap { Array($0.utf8) + lineBreak }
  }

  /// How much further in the children of `element` are.
  private func step(below element: Int) -> Int {
    let (parent, next) = (layout.elements[element], element + 1)
    guard parent.value.style == .block, next < parent.end else { return 2 }
    return layout.column(of: layout.elements[next]) - layout.column(of: parent)
  }

  private mutating func remove(_ index: Int) throws(StateEditError) {
    guard let owner = layout.elements[index].parent, layout.elements[owner].value.style == .block else {
      throw needsFormat
    }
    let siblings = layout.children(of: owner)
    guard let position = siblings.firstIndex(of: index) else { throw needsFormat }
    if position + 1 < siblings.count {
      splices.append((blockStart(index)..<blockStart(siblings[position + 1]), []))
    } else if position > 0 {
      splices.append((blockEnd(siblings[position - 1])..<blockEnd(index), []))
    } else {
      try removeOnlyChild(index, of: owner)
    }
  }

  private mutating func removeOnlyChild(_ index: Int, of owner: Int) throws(StateEditError) {
    let element = layout.elements[owner]
    let hasComments = !(element.head.isEmpty && element.trailing.isEmpty && element.foot.isEmpty)
    if element.level == .repository, !hasComments { return try remove(owner) }
    let colon = try colon(of: element)
    splices.append(((colon + 1)..<(colon + 1), Array(" {}".utf8)))
    splices.append((blockStart(index)..<blockEnd(index), []))
  }

  /// The `:` behind the key: nothing but white space can stand between.
  private func colon(of element: Layout.Element) throws(StateEditError) -> Int {
    let bytes = layout.source.bytes[element.key.range.upperBound...]
    guard let colon = bytes.firstIndex(where: { $0 != UInt8(ascii: " ") }), bytes[colon] == UInt8(ascii: ":")
    else { throw needsFormat }
    return colon
  }

  /// The start of the line where the element begins, its comments above included.
  private func blockStart(_ index: Int) -> Int {
    let element = layout.elements[index]
    let start = element.head.first?.range.lowerBound ?? element.key.range.lowerBound
    return layout.source.lineStarts[layout.source.line(at: start)]
  }

  /// Behind the last line of the element, its comments included.
  private func blockEnd(_ index: Int) -> Int {
    var last = 0
    for inner in index..<layout.elements[index].end {
      let element = layout.elements[inner]
      last = max(last, element.key.range.upperBound, element.value.range.upperBound)
      for comment in element.head + element.trailing + element.foot {
        last = max(last, comment.range.upperBound)
      }
    }
    // A block scalar ends at the start of the line after it.
    let isLineStart = layout.source.lineStarts[layout.source.line(at: last)] == last
    return isLineStart ? last : endOfLine(last)
  }

  /// Behind the line break of the line of `offset`.
  private func endOfLine(_ offset: Int) -> Int {
    let line = layout.source.line(at: offset)
    let starts = layout.source.lineStarts
    return line + 1 < starts.count ? starts[line + 1] : layout.source.bytes.count
  }
}

extension ArraySlice<UInt8> {
  /// True where this name sorts after `name`.
  fileprivate func followsName(_ name: String) -> Bool { Array(name.utf8).lexicographicallyPrecedes(self) }
}
