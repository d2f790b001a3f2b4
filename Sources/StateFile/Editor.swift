import Model
import YAML

/// Splices the bytes of a file without errors; everything that is not named stays byte for byte.
struct Editor {
  let index: StateIndex
  /// From where images come with their comments.
  let donor: StateFiles
  let lineBreak: [UInt8]
  /// Images and repositories that go, as elements.
  var removed: Set<Int> = []
  /// Ranges that do not overlap, and what replaces them. Of two empty ranges at one place, the first is written first.
  private var splices: [(range: Range<Int>, bytes: [UInt8])] = []

  var layout: Layout { index.layout }

  init(_ index: StateIndex, donor: StateFiles) {
    self.index = index
    self.donor = donor
    let bytes = index.layout.source.bytes
    let end = bytes.firstIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
    lineBreak = Array(end.map { bytes[$0] } == UInt8(ascii: "\r") ? "\r\n".utf8 : "\n".utf8)
  }

  var needsFormat: StateEditError { .needsFormat(index.file.path) }

  mutating func splice(_ range: Range<Int>, _ bytes: [UInt8]) { splices.append((range, bytes)) }

  /// - Throws: `StateEditError` where two edits meet in one place, which no file in block style brings about.
  func result() throws(StateEditError) -> [UInt8] {
    let source = layout.source.bytes
    var (result, position) = ([UInt8](), 0)
    // The standard library's sort is stable.
    let ordered = splices.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    for (range, bytes) in ordered {
      guard range.lowerBound >= position else { throw needsFormat }
      result += source[position..<range.lowerBound]
      result += bytes
      position = range.upperBound
    }
    return result + source[position...]
  }

  /// Makes the file declare exactly `target`, which is ascending by key.
  mutating func rewrite(to target: [DesiredState.Entry]) throws(StateEditError) {
    var added: [RepositoryName: [DesiredState.Entry]] = [:]
    var rest = index.images[...]
    for wanted in target {
      while let image = rest.first, image.entry.key < wanted.key {
        removed.insert(image.element)
        rest.removeFirst()
      }
      if let image = rest.first, image.entry.key == wanted.key {
        if image.entry != wanted { try change(image, to: wanted) }
        rest.removeFirst()
      } else {
        added[wanted.key.repository, default: []].append(wanted)
      }
    }
    removed.formUnion(rest.map(\.element))
    try rewriteChildren(adding: added)
  }

  private mutating func change(
    _ image: StateIndex.Image, to wanted: DesiredState.Entry
  ) throws(StateEditError) {
    let column = layout.column(of: layout.elements[image.element])
    let text = text(columns: [0, 0, column, column + layout.step(below: image.element)])
    if let block = donor.block(of: wanted, as: text) {
      try replace(image.element, with: block)
    } else if let edits = fieldEdits(of: image, to: wanted) {
      splices += edits
    } else {
      let block = Formatter.block(layout, as: text) { $0.writeImage(image.element, as: wanted) }
      try replace(image.element, with: block)
    }
  }

  func text(columns: [Int]) -> CanonicalText { CanonicalText(columns: columns, lineBreak: lineBreak) }

  /// Replaces the lines of an image, its comments included.
  private mutating func replace(_ image: Int, with block: [UInt8]) throws(StateEditError) {
    guard let owner = layout.elements[image].parent, layout.elements[owner].value.style == .block else {
      throw needsFormat
    }
    let range = layout.blockStart(image)..<layout.blockEnd(image)
    // The last line of a file that does not end in a line break keeps doing so.
    splice(range, layout.isLineStart(range.upperBound) ? block : Array(block.dropLast(lineBreak.count)))
  }
}
