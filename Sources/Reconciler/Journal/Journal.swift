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

  /// Appends a line for each event, all with one write.
  /// - Throws: what the storage throws; then nothing may be written to the registry on the strength of `events`.
  package func append(_ events: [JournalEntry.Event]) async throws {
    try await write(events)
    for event in events { record.fold(event) }
  }

  /// Appends, and returns when the line survives a power cut. A line that may not is not part of the record: it is
  /// written once more.
  package func commit(_ event: JournalEntry.Event) async throws {
    try await write([event])
    try await storage.synchronize()
    record.fold(event)
  }

  private func write(_ events: [JournalEntry.Event]) async throws {
    guard !events.isEmpty else { return }
    let now = time.now()
    try await storage.append(events.map { JournalEntry(time: now, event: $0) })
  }
}
