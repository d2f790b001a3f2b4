/// A line of the journal that can't be read.
package struct JournalCorruption: Error, CustomStringConvertible {
  package let line: Int
  package let cause: String

  package var description: String {
    "line \(line) of the journal can't be read (\(cause)): restore the file from a backup, or move it away; "
      + "without it a rewound branch goes unnoticed once, and deletes wait for the second pass"
  }
}

extension JournalEntry {
  /// Calls `body` with each entry of a journal, oldest first; events of later versions are left out.
  /// - Returns: Where the last line starts, if it is torn; else the journal's size.
  /// - Throws: `JournalCorruption` for any other line that can't be read.
  @discardableResult
  package static func forEach(
    in journal: [UInt8], _ body: (JournalEntry) -> Void
  ) throws(JournalCorruption) -> Int {
    var start = 0
    var number = 1
    while let end = journal[start...].firstIndex(of: .newline) {
      do {
        if let entry = try JournalEntry(line: journal[start..<end]) { body(entry) }
      } catch {
        // What a decoder says of its own types tells nobody anything.
        let cause = error is DecodingError ? "it is no object that this version writes" : "\(error)"
        throw JournalCorruption(line: number, cause: cause)
      }
      start = end + 1
      number += 1
    }
    return start
  }
}
