package import Model

/// Collects what is wrong with one text. After 1,000 it only counts: a file where every line is wrong must not
/// fill a log.
package struct Diagnostics: Sendable {
  package static let limit = 1000

  package let source: Source
  /// In the order of reporting, at most `limit`.
  package private(set) var reported: [Diagnostic] = []
  package private(set) var hasErrors = false
  private var omitted = 0
  private var lastOffset = 0
  private var lastColumn = 1

  package init(_ source: Source) { self.source = source }

  package mutating func error(
    at offset: Int, _ message: String, remedy: String? = nil, notes: [Diagnostic.Note] = []
  ) {
    hasErrors = true
    report(.error, at: offset, message, remedy, notes)
  }

  package mutating func error(
    at node: Node, _ message: String, remedy: String? = nil, notes: [Diagnostic.Note] = []
  ) {
    error(at: node.range.lowerBound, message, remedy: remedy, notes: notes)
  }

  package mutating func error(at node: Node, _ invalid: InvalidValue) {
    error(at: node, invalid.problem, remedy: invalid.remedy)
  }

  package mutating func warning(at offset: Int, _ message: String, remedy: String? = nil) {
    report(.warning, at: offset, message, remedy, [])
  }

  /// A note about the place of `node`, which may be in another text than what it is a note to.
  package mutating func note(at node: Node, _ message: String) -> Diagnostic.Note {
    note(at: node.range.lowerBound, message)
  }

  package mutating func note(at offset: Int, _ message: String) -> Diagnostic.Note {
    Diagnostic.Note(place: place(of: offset), message: message)
  }

  /// Keeps lines that may hold a secret out of every message that was reported.
  /// - Parameter isSecret: asked with the bytes of a line, without its line break.
  package mutating func hideLines(where isSecret: (ArraySlice<UInt8>) -> Bool) {
    func hide(_ place: inout Diagnostic.Place) {
      guard place.file == source.name else { return }
      if isSecret(source.bytes[source.content(ofLine: place.line - 1)]) { place.excerpt = nil }
    }
    for index in reported.indices {
      hide(&reported[index].place)
      for note in reported[index].notes.indices { hide(&reported[index].notes[note].place) }
    }
  }

  /// What was reported, by place; where more was left out, a last one says how much.
  package var sorted: [Diagnostic] {
    var result = reported.enumerated()
      .sorted { ($0.element.place, $0.offset) < ($1.element.place, $1.offset) }.map(\.element)
    if omitted > 0, let last = result.last {
      result.append(
        Diagnostic(
          severity: .error, place: last.place, message: "\(omitted) more are not shown", remedy: nil,
          notes: []))
    }
    return result
  }

  private mutating func report(
    _ severity: Diagnostic.Severity, at offset: Int, _ message: String, _ remedy: String?,
    _ notes: [Diagnostic.Note]
  ) {
    guard reported.count < Self.limit else { return omitted += 1 }
    reported.append(
      Diagnostic(
        severity: severity, place: place(of: offset), message: message, remedy: remedy, notes: notes))
  }

  private mutating func place(of offset: Int) -> Diagnostic.Place {
    let offset = min(offset, source.bytes.count)
    let line = source.line(at: offset)
    let range = source.content(ofLine: line)
    // Counted on from the last place on the same line: a file may be one line of 64 MiB.
    var (from, column) = (range.lowerBound, 1)
    if (range.lowerBound...max(range.lowerBound, offset)).contains(lastOffset) {
      (from, column) = (lastOffset, lastColumn)
    }
    let end = max(from, min(offset, range.upperBound))
    for byte in source.bytes[from..<end] where !byte.continuesCharacter { column += 1 }
    (lastOffset, lastColumn) = (end, column)
    let excerpt = range.isEmpty ? nil : Excerpt(source, line: range, offset: offset)
    return Diagnostic.Place(file: source.name, line: line + 1, column: column, excerpt: excerpt)
  }
}
