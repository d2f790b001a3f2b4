/// An error or warning about a text, with its place and remedy. Prints as
///
///     desired-state/images.yaml:7:15: error: "sha256:12" is not a digest
///       |       digest: sha256:12
///       |               ^
///       fix: write sha256: and 64 lower-case hex digits
package struct Diagnostic: Sendable, Equatable {
  package enum Severity: String, Sendable { case error, warning }

  /// A place in a text. Lines and columns count from 1; a column counts characters (Unicode scalars), as
  /// editors do, and not bytes.
  package struct Place: Sendable, Equatable {
    package let file: String
    package let line: Int
    package let column: Int
    /// The line itself; nil where there is none to show, or where it may hold a secret.
    package internal(set) var excerpt: Excerpt?
  }

  /// A second place that belongs to the first, such as the first of two duplicates.
  package struct Note: Sendable, Equatable {
    package internal(set) var place: Place
    package let message: String
  }

  package let severity: Severity
  package internal(set) var place: Place
  package let message: String
  /// What mends it, as an instruction; nil where the message says all.
  package let remedy: String?
  package internal(set) var notes: [Note]
}

extension Diagnostic: CustomStringConvertible {
  package var description: String {
    var lines = ["\(place): \(severity.rawValue): \(message)"]
    lines += place.excerpt?.lines ?? []
    if let remedy { lines.append("  fix: \(remedy)") }
    for note in notes {
      lines.append("\(note.place): note: \(note.message)")
      lines += note.place.excerpt?.lines ?? []
    }
    return lines.joined(separator: "\n")
  }
}

extension Diagnostic.Place: CustomStringConvertible, Comparable {
  package var description: String { "\(file):\(line):\(column)" }

  package static func < (a: Self, b: Self) -> Bool { (a.file, a.line, a.column) < (b.file, b.line, b.column) }
}
