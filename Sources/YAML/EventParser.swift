import CYAML

/// libyaml's event parser (`yaml_parser_t`) over bytes that outlive it. Marks are counts of characters.
struct EventParser: ~Copyable {
  struct Event {
    enum Kind {
      case documentStart, alias, scalar, sequenceStart, mappingStart, collectionEnd, other
    }

    let kind: Kind
    let style: Node.Style
    /// Character indices, the end exclusive.
    let characters: Range<Int>
    /// A scalar's text; valid until the next event is asked for.
    let text: UnsafeBufferPointer<UInt8>
    let hasAnchor: Bool
    let hasTag: Bool
    /// A document start with a `%YAML` or `%TAG` line.
    let hasDirective: Bool
  }

  struct SyntaxError {
    let problem: String
    let character: Int
    let context: (text: String, character: Int)?
  }

  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let event: UnsafeMutablePointer<yaml_event_t>

  /// `yaml_parser_set_input_string` and `yaml_parser_set_encoding`: the encoding is never guessed.
  init(_ input: UnsafeBufferPointer<UInt8>) {
    parser = .allocate(capacity: 1)
    event = .allocate(capacity: 1)
    event.initialize(to: yaml_event_t())
    precondition(yaml_parser_initialize(parser) == 1, "out of memory")
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, input.baseAddress, input.count)
  }

  deinit {
    yaml_event_delete(event)
    yaml_parser_delete(parser)
    event.deallocate()
    parser.deallocate()
  }

  /// The next event (`yaml_parser_parse`); nil at the end of the stream and at an error, which `syntaxError` tells.
  mutating func next() -> Event? {
    yaml_event_delete(event)
    guard yaml_parser_parse(parser, event) == 1, event.pointee.type != YAML_STREAM_END_EVENT,
      event.pointee.type != YAML_NO_EVENT
    else { return nil }
    return Event(event)
  }

  /// What ended the events; nil after a whole stream.
  var syntaxError: SyntaxError? {
    let state = parser.pointee
    guard state.error != YAML_NO_ERROR else { return nil }
    let problem = state.problem.map { String(cString: $0) } ?? "the text can't be parsed: out of memory"
    let context = state.context.map { (String(cString: $0), Int(state.context_mark.index)) }
    return SyntaxError(problem: problem, character: Int(state.problem_mark.index), context: context)
  }
}

extension EventParser.Event {
  fileprivate init(_ event: UnsafeMutablePointer<yaml_event_t>) {
    let data = event.pointee.data
    var (kind, style, text) = (Kind.other, Node.Style.block, UnsafeBufferPointer<UInt8>(start: nil, count: 0))
    var (hasAnchor, hasTag, hasDirective) = (false, false, false)
    switch event.pointee.type {
    case YAML_DOCUMENT_START_EVENT:
      kind = .documentStart
      let start = data.document_start
      hasDirective =
        start.version_directive != nil || start.tag_directives.start != start.tag_directives.end
    case YAML_ALIAS_EVENT: kind = .alias
    case YAML_SCALAR_EVENT:
      kind = .scalar
      let scalar = data.scalar
      style = Node.Style(scalar.style)
      text = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      (hasAnchor, hasTag) = (scalar.anchor != nil, scalar.tag != nil)
    case YAML_SEQUENCE_START_EVENT:
      kind = .sequenceStart
      style = data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE ? .flow : .block
      (hasAnchor, hasTag) = (data.sequence_start.anchor != nil, data.sequence_start.tag != nil)
    case YAML_MAPPING_START_EVENT:
      kind = .mappingStart
      style = data.mapping_start.style == YAML_FLOW_MAPPING_STYLE ? .flow : .block
      (hasAnchor, hasTag) = (data.mapping_start.anchor != nil, data.mapping_start.tag != nil)
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: kind = .collectionEnd
    default: break
    }
    let start = Int(event.pointee.start_mark.index)
    self.init(
      kind: kind, style: style, characters: start..<max(start, Int(event.pointee.end_mark.index)), text: text,
      hasAnchor: hasAnchor, hasTag: hasTag, hasDirective: hasDirective)
  }
}

extension Node.Style {
  fileprivate init(_ style: yaml_scalar_style_t) {
    self =
      switch style {
      case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
      case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
      case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
      default: .plain
      }
  }
}
