package import Model

/// Makes the journal's lines. Each has the SHA-256 of the line before it, so that one that was changed, or is missing,
/// shows; for the last line only a digest that was kept elsewhere can speak.
package struct JournalChain: Sendable {
  package typealias Hash = @Sendable ([UInt8]) -> Digest

  /// The digest of the last line, without its newline; nil before the first.
  package private(set) var head: Digest?
  private let hash: Hash

  /// - Parameters:
  ///   - journal: what there is, in whole lines.
  ///   - hash: SHA-256.
  package init(after journal: some BidirectionalCollection<UInt8>, hash: @escaping Hash) {
    self.hash = hash
    let line = journal.dropLast().reversed().prefix { $0 != .newline }.reversed()
    head = journal.isEmpty ? nil : hash(Array(line))
  }

  /// The lines of the next entries, each with its newline.
  package mutating func lines(_ entries: [JournalEntry]) -> [UInt8] {
    entries.flatMap { entry in
      let line = entry.line(after: head)
      head = hash(line)
      return line + [.newline]
    }
  }
}

extension UInt8 {
  static var newline: UInt8 { UInt8(ascii: "\n") }
}
