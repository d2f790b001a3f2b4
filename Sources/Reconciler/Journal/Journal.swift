/// The record of what this state directory's daemon did: each entry is appended, and folded into what is known.
package actor Journal {
  package private(set) var record: JournalRecord
  private let storage: any JournalStorage
  private let time: any TimeSource

  package init(_ record: JournalRecord, storage: any JournalStorage, time: any TimeSource) {
    self.record = record
    self.storage = storage
    self.time = time
  }

  /// - Throws: what the storage throws; then nothing may be written to the registry on the strength of `event`.
  package func append(_ event: JournalEntry.Event) async throws {
    try await storage.append(JournalEntry(time: time.now(), event: event).line)
    record.fold(event)
  }

  /// Appends, and returns when the line survives a power cut.
  package func commit(_ event: JournalEntry.Event) async throws {
    try await append(event)
    try await storage.synchronize()
  }
}
