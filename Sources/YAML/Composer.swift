/// Makes a tree of libyaml's events.
struct Composer {
  static let maximumDepth = 16

  private(set) var records: [Document.Record] = []
  private(set) var decoded: [UInt8] = []
  private(set) var isComplete = false
  private(set) var diagnostics: Diagnostics
  /// The collections that have begun and not ended, as indices of `records`.
  private var open: [Int] = []
  private var position: CharacterPosition
  private var documents = 0

  init(_ diagnostics: Diagnostics) {
    self.diagnostics = diagnostics
    position = CharacterPosition(start: diagnostics.source.start)
  }

  /// Reads `input`, the source's bytes without a byte order mark.
  mutating func compose(_ input: UnsafeBufferPointer<UInt8>) {
    var parser = EventParser(input)
    while let event = parser.next() {
      let start = position.offset(of: event.characters.lowerBound, in: input)
      let end = position.offset(of: event.characters.upperBound, in: input)
      guard add(event, start..<end) else { return cutOff() }
    }
    if let error = parser.syntaxError {
      report(error, input)
      return cutOff()
    }
    isComplete = true
  }

  /// False where parsing has to stop.
  private mutating func add(_ event: EventParser.Event, _ range: Range<Int>) -> Bool {
    refuseUnsupported(event, at: range.lowerBound)
    switch event.kind {
    case .documentStart:
      documents += 1
      guard documents == 1 else {
        diagnostics.error(
          at: range.lowerBound, "a second document begins here", remedy: "keep one document a file")
        return false
      }
    case .alias: append(Document.Record(kind: .unreadable, style: .plain, range))
    case .scalar: appendScalar(event, range)
    case .mappingStart, .sequenceStart:
      guard open.count < Self.maximumDepth else {
        diagnostics.error(
          at: range.lowerBound, "this is nested deeper than \(Self.maximumDepth) levels",
          remedy: "check the brackets and the indentation")
        return false
      }
      append(
        Document.Record(kind: event.kind == .mappingStart ? .mapping : .sequence, style: event.style, range))
      open.append(records.count - 1)
    case .collectionEnd: close(at: range.upperBound)
    case .other: break
    }
    return true
  }

  private mutating func append(_ record: Document.Record) {
    if let parent = open.last { records[parent].childCount += 1 }
    var record = record
    record.subtreeEnd = records.count + 1
    records.append(record)
  }

  private mutating func appendScalar(_ event: EventParser.Event, _ range: Range<Int>) {
    var record = Document.Record(kind: .scalar, style: event.style, range)
    let source = diagnostics.source.bytes[range]
    // Nearly every scalar is plain and on one line: its text is then the source's own bytes.
    if event.style == .plain, source.count == event.text.count, source.elementsEqual(event.text) {
      record.text = range
    } else {
      record.isDecoded = true
      record.text = decoded.count..<(decoded.count + event.text.count)
      decoded.append(contentsOf: event.text)
    }
    append(record)
  }

  private mutating func close(at end: Int) {
    let index = open.removeLast()
    // libyaml ends a block collection where the next thing begins; its last node says where it really ends.
    records[index].end = records[index].style == .flow ? end : max(records[index].start, lastEnd)
    records[index].subtreeEnd = records.count
  }

  private var lastEnd: Int { records[records.count - 1].end }

  /// Closes what is open as incomplete; a key without its value gets an unreadable one.
  private mutating func cutOff() {
    while let index = open.last {
      if records[index].kind == .mapping, !records[index].childCount.isMultiple(of: 2) {
        append(Document.Record(kind: .unreadable, style: .plain, lastEnd..<lastEnd))
      }
      records[index].isComplete = false
      close(at: lastEnd)
    }
  }
}

extension Composer {
  private mutating func refuseUnsupported(_ event: EventParser.Event, at offset: Int) {
    if event.kind == .alias {
      diagnostics.error(at: offset, "aliases are not supported", remedy: "write the value itself")
    }
    if event.hasAnchor {
      diagnostics.error(at: offset, "anchors are not supported", remedy: "remove the &name")
    }
    if event.hasTag { diagnostics.error(at: offset, "tags are not supported", remedy: "remove the !tag") }
    if event.hasDirective {
      diagnostics.error(
        at: offset, "directives are not supported", remedy: "remove the lines that begin with %")
    }
  }

  private mutating func report(_ error: EventParser.SyntaxError, _ input: UnsafeBufferPointer<UInt8>) {
    let offset = position.offset(of: error.character, in: input)
    var notes: [Diagnostic.Note] = []
    if let (text, character) = error.context {
      notes.append(diagnostics.note(at: position.offset(of: character, in: input), text))
    }
    let source = diagnostics.source.bytes
    let byte = offset < source.count ? source[offset] : nil
    let followsBrace = offset > 0 && offset <= source.count && source[offset - 1] == UInt8(ascii: "}")
    let remedy =
      followsBrace && byte != UInt8(ascii: "\n")
      ? "put text that begins with { in quotes" : Self.remedy(error.problem, at: byte)
    diagnostics.error(at: offset, error.problem, remedy: remedy, notes: notes)
  }

  /// What usually mends a syntax error; nil where nothing is usual.
  private static func remedy(_ problem: String, at byte: UInt8?) -> String? {
    switch problem {
    case "found character that cannot start any token", "found a tab character that violates indentation":
      byte == UInt8(ascii: "\t") ? "indent with spaces, not with tabs" : "put the text in quotes"
    case "mapping values are not allowed in this context":
      #"put text that has ": " in it in quotes, or check the indentation"#
    case "did not find expected key", "did not find expected '-' indicator",
      "did not find expected <document start>":
      "check the indentation of this line and of the lines above"
    case "did not find expected node content": "write a value here, or close the bracket before it"
    case "could not find expected ':'": "write a key as name: value"
    case "found unexpected end of stream": "close the quotes"
    case "did not find expected ',' or '}'": "close the { with a }"
    case "did not find expected ',' or ']'": "close the [ with a ]"
    default: nil
    }
  }
}

extension Document.Record {
  fileprivate init(kind: Node.Kind, style: Node.Style, _ range: Range<Int>) {
    self.init(kind: kind, style: style, start: range.lowerBound, end: range.upperBound, subtreeEnd: 0)
  }
}

/// Turns libyaml's character indices into offsets of the source's bytes by walking from the last one: they hardly
/// ever go back.
private struct CharacterPosition {
  private let start: Int
  private var character = 0
  private var byte = 0

  init(start: Int) { self.start = start }

  mutating func offset(of wanted: Int, in input: UnsafeBufferPointer<UInt8>) -> Int {
    while character < wanted, byte < input.count {
      byte += 1
      while byte < input.count, input[byte].continuesCharacter { byte += 1 }
      character += 1
    }
    while character > wanted {
      byte -= 1
      while input[byte].continuesCharacter { byte -= 1 }
      character -= 1
    }
    return start + byte
  }
}
