import FoundationEssentials
package import Model

/// Whether each line of a journal follows the one before it.
package struct JournalCheck: Hashable, Sendable {
  package struct Fault: Hashable, Sendable {
    /// From 1.
    package let line: Int
    package let reason: String
  }

  /// Whole ones.
  package private(set) var lines = 0
  /// The first lines, where a version wrote them that did not chain; only the last of them is vouched for.
  package private(set) var unchained = 0
  package private(set) var faults: [Fault] = []
  /// The last line's digest: one that an earlier check ended with has to be among `digests` for ever.
  package var head: Digest? { digests.last }
  package private(set) var digests: [Digest] = []
  /// Bytes behind the last whole line: of a line whose writer was killed, or writes it now. A daemon's start cuts them off.
  package let tornBytes: Int

  package init(_ journal: [UInt8], hash: JournalChain.Hash) {
    let pieces = journal.split(separator: .newline, omittingEmptySubsequences: false)
    tornBytes = pieces.last?.count ?? 0
    for line in pieces.dropLast() { check(line, hash) }
    if lines == 0, tornBytes > 0 { faults.append(Fault(line: 1, reason: "has no end, and is all there is")) }
  }

  private mutating func check(_ line: ArraySlice<UInt8>, _ hash: JournalChain.Hash) {
    lines += 1
    switch Link(line) {
    case .unreadable: fault("is no JSON object: it was changed")
    case .missing where unchained == lines - 1: unchained += 1
    case .missing:
      fault("has no link to the line before it: an earlier version wrote it, or something else did")
    case .previous(let digest):
      if digest != head {
        fault(
          lines == 1
            ? "is not the first: the lines before it are missing"
            : "does not follow line \(lines - 1): that was changed, or lines between them are missing")
      }
    }
    digests.append(hash(Array(line)))
  }

  private mutating func fault(_ reason: String) { faults.append(Fault(line: lines, reason: reason)) }
}

/// What a line says of the one before it.
private enum Link: Decodable {
  /// Nil on the journal's first line.
  case previous(Digest?)
  case missing
  case unreadable

  private enum Key: CodingKey { case previous }

  init(_ line: ArraySlice<UInt8>) {
    self = (try? JSONDecoder().decode(Link.self, from: Data(line))) ?? .unreadable
  }

  init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Key.self)
    guard members.contains(.previous) else {
      self = .missing
      return
    }
    self = .previous(try members.decodeIfPresent(String.self, forKey: .previous).map { try Digest($0) })
  }
}
