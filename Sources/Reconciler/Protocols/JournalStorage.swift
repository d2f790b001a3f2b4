/// Where journal lines are kept.
package protocol JournalStorage: Sendable {
  /// Appends whole lines with one write.
  func append(_ bytes: [UInt8]) async throws
  /// Returns when everything appended survives a power cut.
  func synchronize() async throws
}
