/// A node of a document: a scalar, mapping or sequence, with its place.
package struct Node: Sendable {
  package enum Kind: Sendable {
    case scalar, mapping, sequence
    /// An alias, or a value that an error cut off: an error has been reported for it already.
    case unreadable
  }

  /// How it is written. A scalar is plain, quoted, or block (`|`, `>`); a collection is block or flow (`{}`, `[]`).
  package enum Style: Sendable { case plain, singleQuoted, doubleQuoted, block, flow }

  package let document: Document
  let index: Int

  private var record: Document.Record { document.records[index] }

  package var kind: Kind { record.kind }
  package var style: Style { record.style }
  /// False for a mapping or sequence that an error cut off: what it lacks may stand behind the error.
  package var isComplete: Bool { record.isComplete }

  /// Offsets in the source's bytes, quotes and brackets included. A block collection ends with its last node.
  package var range: Range<Int> { record.start..<record.end }

  /// A scalar's text; empty for any other kind.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  /// A scalar's text as UTF-8.
  package var bytes: ArraySlice<UInt8> {
    let record = record
    return record.isDecoded ? document.decoded[record.text] : document.source.bytes[record.text]
  }

  package func hasText(_ text: String) -> Bool {
    let bytes = bytes
    return bytes.count == text.utf8.count && bytes.elementsEqual(text.utf8)
  }

  /// Pairs of a mapping, items of a sequence.
  package var count: Int { record.kind == .mapping ? record.childCount / 2 : record.childCount }

  /// A mapping's keys and values, as written; empty for any other kind.
  package var pairs: Pairs { Pairs(rest: record.kind == .mapping ? children : nil) }

  /// A sequence's items; empty for any other kind.
  package var items: [Node] {
    guard record.kind == .sequence else { return [] }
    var (items, next) = ([Node](), index + 1)
    while next < record.subtreeEnd {
      items.append(Node(document: document, index: next))
      next = document.records[next].subtreeEnd
    }
    return items
  }

  private var children: (node: Node, end: Int) {
    (Node(document: document, index: index + 1), record.subtreeEnd)
  }

  package struct Pairs: Sequence, IteratorProtocol {
    fileprivate var rest: (node: Node, end: Int)?

    package mutating func next() -> (key: Node, value: Node)? {
      guard let (key, end) = rest, key.index < end else { return nil }
      let value = Node(document: key.document, index: key.record.subtreeEnd)
      rest = (Node(document: key.document, index: value.record.subtreeEnd), end)
      return (key, value)
    }
  }
}
