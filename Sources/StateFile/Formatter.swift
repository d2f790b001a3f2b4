import Model
import YAML

/// Writes the canonical form of a document without errors, with its comments, or of a part of it.
struct Formatter {
  private let layout: Layout
  private var text: CanonicalText

  static func format(_ document: Document) -> [UInt8] { format(Layout(document)) }

  static func format(_ layout: Layout) -> [UInt8] { block(layout) { $0.writeSections() } }

  /// What `write` writes of `layout`, in the columns of `text`.
  static func block(
    _ layout: Layout, as text: CanonicalText = CanonicalText(), _ write: (inout Formatter) -> Void
  ) -> [UInt8] {
    var formatter = Formatter(layout: layout, text: text)
    write(&formatter)
    return formatter.text.bytes
  }

  private mutating func writeSections() {
    guard let repositories = layout.repositories else { return }
    let children = sorted(layout.children(of: repositories))
    writeOpening(isEmpty: children.isEmpty)
    for (position, child) in children.enumerated() {
      if position > 0 { text.blankLine() }
      writeRepository(child)
    }
    writeClosing()
  }

  /// All that stands above the first repository.
  mutating func writeOpening(isEmpty: Bool) {
    guard let version = layout.section("version"), let repositories = layout.repositories,
      let first = layout.elements.first
    else { return }
    writeHeader(before: first, version: layout.elements[version])
    text.line(0, "version".utf8, value: "1".utf8, trailing: trailing(layout.elements[version]))
    writeHead(layout.elements[repositories], 0, isSeparated: false)
    writeName("repositories".utf8, 0, layout.elements[repositories], isEmpty: isEmpty)
  }

  /// The comments below the last repository.
  mutating func writeClosing() {
    guard let repositories = layout.repositories else { return }
    writeFoot(layout.elements[repositories].foot, 1)
    writeFoot(layout.footer, 0)
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

  private mutating func writeRepository(_ index: Int) {
    let children = sorted(layout.children(of: index))
    writeRepositoryName(index, isEmpty: children.isEmpty)
    for (position, child) in children.enumerated() {
      if position > 0 { text.blankLine() }
      writeImage(child)
    }
    writeRepositoryFoot(index)
  }

  /// The repository's name with the comments above and behind it.
  mutating func writeRepositoryName(_ index: Int, isEmpty: Bool) {
    let repository = layout.elements[index]
    writeHead(repository, 1, isSeparated: true)
    writeName(repository.key.bytes, 1, repository, isEmpty: isEmpty)
  }

  /// The comments below the repository's last image.
  mutating func writeRepositoryFoot(_ index: Int) {
    writeFoot(layout.elements[index].foot, 2)
  }

  /// The image's block with its comments.
  /// - Parameter entry: what its fields are to be; as they are without one.
  mutating func writeImage(_ index: Int, as entry: DesiredState.Entry? = nil) {
    let image = layout.elements[index]
    writeHead(image, 2, isSeparated: true)
    writeName(image.key.bytes, 2, image, isEmpty: false)
    let fields = layout.children(of: index)
    for (name, value) in entry?.fields ?? DesiredState.Entry.fieldNames.map({ ($0, nil) }) {
      let field = fields.first { layout.elements[$0].key.hasText(name) }.map { layout.elements[$0] }
      if let field, entry == nil || value != nil {
        writeField(name, field, value: value)
      } else if let value {
        text.line(3, name.utf8, value: value.utf8)
      }
    }
    // An image is one block: no blank line within it.
    for comment in image.foot { write(comment, 3) }
  }

  private mutating func writeField(_ name: String, _ field: Layout.Element, value: String?) {
    for comment in field.head { write(comment, 3) }
    if let value {
      text.line(3, name.utf8, value: value.utf8, trailing: trailing(field))
    } else if name == "hold" {
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

  private mutating func writeFoot(_ comments: [Comment], _ level: Int) {
    for (position, comment) in comments.enumerated() {
      if position == 0 || layout.isBlankAbove(comment.range.lowerBound) { text.blankLine() }
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
