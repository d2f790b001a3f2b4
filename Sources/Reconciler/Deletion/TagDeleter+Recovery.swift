import Model

extension TagDeleter {
  /// Ends the batches that were begun and not ended, by an earlier process or while the registry was away. Those whose
  /// registry does not answer stay for a later call. Of an earlier process's deletions nobody else can tell: they are
  /// journalled here, and told to `events`.
  /// - Throws: what the journal throws.
  package func recover(telling events: any EventSink) async throws {
    let batches = await journal.record.unfinishedBatches
    guard !batches.isEmpty, time.monotonic() >= recovery.due else { return }
    var isOver = true
    for batch in batches {
      let outcome = await finish(batch)
      guard outcome.isOver else {
        isOver = false
        continue
      }
      try await end(batch, outcome, telling: events)
    }
    recovery.failures = isOver ? 0 : recovery.failures + 1
    let pause = isOver ? .zero : ChangeBackoff.pause(after: recovery.failures, random: time.random())
    recovery.due = time.monotonic() + pause
  }

  private func end(
    _ batch: TombstoneBatch, _ outcome: BatchOutcome, telling events: any EventSink
  ) async throws {
    let over = JournalEntry.Event.tombstoned(batch: batch.id, fates: outcome.fates)
    guard let origin = batch.origin, !begun.contains(batch.id) else {
      return try await journal.append([over])
    }
    let deletions = batch.deletions(outcome.fates)
    try await journal.append(
      [over] + deletions.map { .change(channel: origin.channel, origin.commit, $0) })
    for deletion in deletions {
      events.take(.change(channel: origin.channel, commit: origin.commit, deletion))
    }
  }
}

extension TombstoneBatch {
  /// The members that are gone, as changes.
  fileprivate func deletions(_ fates: [TagName: Fate]) -> [Change] {
    members.compactMap { member in
      guard fates[member.tag] == .deleted, let image = member.image else { return nil }
      return Change(
        key: ImageKey(repository, image), tag: member.tag, action: .delete, from: member.original, to: nil,
        cause: .prune, reason: "begun by an earlier process", outcome: .applied)
    }
  }
}
