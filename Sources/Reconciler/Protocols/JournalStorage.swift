/// Where the journal is kept.
package protocol JournalStorage: Sendable {
  /// Appends a line for each entry, chained to the one before it (`JournalChain`), all with one write.
  func append(_ entries: [JournalEntry]) async throws
  /// Returns when everything appended survives a power cut.
  func synchronize() async throws
}
