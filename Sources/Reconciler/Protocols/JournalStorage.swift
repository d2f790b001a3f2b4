/// Where journal lines are kept.
package protocol JournalStorage: Sendable {
  /// Appends whole lines with one write.
  func append(_ bytes: [UInt8]) async throws
  /// Returns when everything appended survives a power cut.
  func synchronize() async throws
}

/// Where a person's `tagkeeper accept` waits for the daemon.
package protocol AcceptanceBox: Sendable {
  /// The commit accepted for `channel`, as written; nil where none is.
  func acceptance(for channel: String) async -> String?
  func remove(for channel: String) async
}
