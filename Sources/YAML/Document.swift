/// The one document of a YAML text as a tree of nodes, in document order.
package final class Document: Sendable {
  package let source: Source
  /// False where an error of syntax, or one that stops parsing, cut the tree off.
  package let isComplete: Bool
  let records: [Record]
  /// The texts of scalars that are not written as they read: quoted, folded.
  let decoded: [UInt8]

  init(source: Source, records: [Record], decoded: [UInt8], isComplete: Bool) {
    self.source = source
    self.records = records
    self.decoded = decoded
    self.isComplete = isComplete
  }

  /// The topmost node; nil where the text has no document (it is empty, or comments alone).
  package var root: Node? { records.isEmpty ? nil : Node(document: self, index: 0) }

  /// The same, with an error that names `remedy` where the text is empty, and not only cut off.
  package func root(_ diagnostics: inout Diagnostics, ifEmpty remedy: String) -> Node? {
    if records.isEmpty, isComplete { diagnostics.error(at: 0, "the file is empty", remedy: remedy) }
    return root
  }

  /// One node. The children of a collection follow it, keys and values by turns.
  struct Record {
    let kind: Node.Kind
    let style: Node.Style
    /// False for a collection that was cut off.
    var isComplete = true
    /// The text is `decoded[text]` rather than `source.bytes[text]`.
    var isDecoded = false
    /// Children of a collection; a mapping has two to a pair.
    var childCount = 0
    var start: Int
    var end: Int
    var text: Range<Int> = 0..<0
    /// The index behind the last node within this one.
    var subtreeEnd: Int
  }
}

extension Document {
  /// Parses `bytes`, which messages call `name`. Whatever could be read before an error of syntax is in the tree,
  /// so that errors of meaning before it can be found too.
  ///
  /// Errors: over 64 MiB, not UTF-8, a control character, an error of syntax, an anchor, alias, tag or directive, a
  /// second document, a depth over 16.
  package static func parse(_ bytes: [UInt8], name: String) -> (document: Document, diagnostics: Diagnostics)
  {
    let source = Source(name: name, bytes: bytes)
    var diagnostics = Diagnostics(source)
    if let (offset, message, remedy) = source.defect() {
      diagnostics.error(at: offset, message, remedy: remedy)
      return (Document(source: source, records: [], decoded: [], isComplete: false), diagnostics)
    }
    var composer = Composer(diagnostics)
    bytes.withUnsafeBufferPointer { composer.compose(UnsafeBufferPointer(rebasing: $0[source.start...])) }
    let document = Document(
      source: source, records: composer.records, decoded: composer.decoded, isComplete: composer.isComplete)
    return (document, composer.diagnostics)
  }
}
