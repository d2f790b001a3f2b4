import YAML

/// Writes the canonical form of a document without errors, with its comments.
struct Formatter {
  private let layout: Layout
  private var text = CanonicalText()

  static func format(_ document: Document) -> [UInt8] {
    var formatter = Formatter(layout: Layout(document))
    formatter.writeSections()
    return formatter.text.bytes
  }

  private init(layout: Layout) { self.layout = layout }

  private mutating func writeSections() {
    let sections = layout.children(of: nil)
    let version = sections.first { layout.elements[$0].key.hasText("version") }
    let repositories = sections.first { layout.elements[$0].key.hasText("repositories") }
    guard let version, let repositories, let first = sections.first else { return }
    writeHeader(before: layout.elements[first], version: layout.elements[version])
    text.line(0, "version".utf8, value: "1".utf8, trailing: trailing(layout.elements[version]))
    writeHead(layout.elements[repositories], 0, isSeparated: false)
    let children = sorted(layout.children(of: repositories))
    writeName("repositories".utf8, 0, layout.elements[repositories], isEmpty: children.isEmpty)
    for (position, child) in children.enumerated() { writeRepository(child, isFirst: position == 0) }
    writeFoot(layout.elements[repositories].foot, 1, isSeparated: true)
    writeFoot(layout.footer, 0, isSeparated: true)
  }

  /// The comments at the top: those before the first element, and those of `version` where it was not the first.
  private mutating func writeHeader(before first: Layout.Element, version: Layout.Element) {
    let isBlankBelow = layout.isBlankAbove(first.key.range.lowerBound)
    for (position, comment) in layout.header.enumerated() {
      if position > 0, layout.isBlankAbove(comment.range.lowerBound) { text.blankLine() }
      write(comment, 0)
    }
    if !layout.header.isEmpty, isBlankBelow { text.blankLine() }
    writeHead(version, 0, isSeparated: layout.header.isEmpty || isBlankBelow)
  }

  private mutating func writeRepository(_ index: Int, isFirst: Bool) {
    let repository = layout.elements[index]
    if !isFirst { text.blankLine() }
    writeHead(repository, 1, isSeparated: true)
    let children = sorted(layout.children(of: index))
    writeName(repository.key.bytes, 1, repository, isEmpty: children.isEmpty)
    for (position, child) in children.enumerated() { writeImage(child, isFirst: position == 0) }
    writeFoot(repository.foot, 2, isSeparated: true)
  }

  private mutating func writeImage(_ index: Int, isFirst: Bool) {
    let image = layout.elements[index]
    if !isFirst { text.blankLine() }
    writeHead(image, 2, isSeparated: true)
    writeName(image.key.bytes, 2, image, isEmpty: false)
    let fields = layout.children(of: index)
    for name in ["digest", "hold", "eol"] {
      guard let field = fields.first(where: { layout.elements[$0].key.hasText(name) }) else { continue }
      writeField(name, layout.elements[field])
    }
    // An image is one block: no blank line within it.
    for comment in image.foot { write(comment, 3) }
  }

  private mutating func writeField(_ name: String, _ field: Layout.Element) {
    for comment in field.head { write(comment, 3) }
    if name == "hold" {
      text.line(3, name.utf8, value: field.value.text.yamlDoubleQuoted.utf8, trailing: trailing(field))
    } else {
      // A valid digest and a valid day have one way to write them.
      text.line(3, name.utf8, value: field.value.bytes, trailing: trailing(field))
    }
  }

  private mutating func writeName(
    _ name: some Sequence<UInt8>, _ level: Int, _ element: Layout.Element, isEmpty: Bool
  ) {
    text.line(level, name, value: isEmpty ? Array("{}".utf8) : nil, trailing: trailing(element))
  }

  /// - Parameter isSeparated: a blank line stands above already, or may not stand there.
  private mutating func writeHead(_ element: Layout.Element, _ level: Int, isSeparated: Bool) {
    for (position, comment) in element.head.enumerated() {
      let mayBeBlank = position > 0 || !isSeparated
      if mayBeBlank, layout.isBlankAbove(comment.range.lowerBound) { text.blankLine() }
      write(comment, level)
    }
    if !element.head.isEmpty, layout.isBlankAbove(element.key.range.lowerBound) { text.blankLine() }
  }

  private mutating func writeFoot(_ comments: [Comment], _ level: Int, isSeparated: Bool) {
    for (position, comment) in comments.enumerated() {
      if position == 0 ? isSeparated : layout.isBlankAbove(comment.range.lowerBound) { text.blankLine() }
      write(comment, level)
    }
  }

  private mutating func write(_ comment: Comment, _ level: Int) {
    text.comment(level, layout.source.bytes[comment.range])
  }

  /// The comments behind an element as one, as far behind it as the first stood.
  private func trailing(_ element: Layout.Element) -> [UInt8] {
    guard let first = element.trailing.first else { return [] }
    let bytes = layout.source.bytes
    var gap = 0
    while bytes[first.range.lowerBound - gap - 1] == UInt8(ascii: " ") { gap += 1 }
    var result = [UInt8](repeating: UInt8(ascii: " "), count: max(1, gap))
    for (position, comment) in element.trailing.enumerated() {
      if position > 0 { result.append(UInt8(ascii: " ")) }
      result.append(contentsOf: bytes[comment.range])
    }
    return result
  }

  private func sorted(_ indices: [Int]) -> [Int] {
    let isSorted = zip(indices, indices.dropFirst()).allSatisfy { precedes($0, $1) }
    return isSorted ? indices : indices.sorted(by: precedes)
  }

  private func precedes(_ a: Int, _ b: Int) -> Bool {
    layout.elements[a].key.bytes.lexicographicallyPrecedes(layout.elements[b].key.bytes)
  }
}
