import Model

// Where a registry deletes manifests only, a tag dies with the manifest that it points to. So the tags of a batch are
// first pointed at one manifest that is nobody else's, an index with no manifests, and that is deleted. Siblings of
// the original digest keep it. † One tombstone for each tag took 15 s for 225 tags and left 11 dangling; a shared one
// took 0.5 s and left none.

extension TagDeleter {
  static let tombstoneBatchSize = 50

  /// Deletes up to `tombstoneBatchSize` tags of one repository.
  /// - Throws: what the journal throws.
  func deleteByTombstone(_ changes: [Change], in run: DeletionRun) async throws {
    let repository = changes[0].key.repository
    if let objection = await objectionToDelete(in: repository) {
      for change in changes { run.end(change.ended(byObjection: objection), because: objection) }
      return try await journal.append(run.takeUnrecorded())
    }
    let confirmed = await confirm(changes, in: run)
    try await journal.append(run.takeUnrecorded())
    guard !confirmed.isEmpty else { return }
    let batch = newBatch(of: confirmed, in: repository, from: run.origin)
    try await journal.commit(.tombstoning(batch))
    begun.insert(batch.id)
    let failures = await putTombstones(of: batch, on: batch.members)
    let outcome = await finish(batch)
    for change in confirmed {
      switch outcome.tags[change.tag] {
      case .deleted: run.end(change.ended(nil))
      case .foreign(let digest):
        run.end(change.held("somebody moved the tag to \(digest.short) meanwhile: it is left"))
      case .kept(let failure): run.fail(change, failures[change.tag] ?? failure)
      case nil: run.fail(change, WriteFailure(.transient, "the registry did not say whether the tag is gone"))
      }
    }
    let end = outcome.isOver ? [JournalEntry.Event.tombstoned(batch: batch.id, fates: outcome.fates)] : []
    try await journal.append(end + run.takeUnrecorded())
  }

  private func newBatch(
    of changes: [Change], in repository: RepositoryName, from origin: TombstoneBatch.Origin
  ) -> TombstoneBatch {
    let id = "\(time.now().milliseconds)-\(UInt32(time.random() * 4_294_967_296))"
    return TombstoneBatch(
      id: id, repository: repository, tombstone: registry.tombstone(for: repository, batch: id),
      members: changes.map { .init(tag: $0.tag, original: $0.from!, image: $0.key.image) }, origin: origin)
  }

  /// Where deletion is not allowed, what is tried stays in the registry: it is one manifest a repository, however often.
  private func objectionToDelete(in repository: RepositoryName) async -> WriteFailure? {
    guard !proven.contains(repository) else { return nil }
    do throws(WriteFailure) {
      try await registry.proveDeletion(in: repository, batch: "probe")
      proven.insert(repository)
      return nil
    } catch {
      return WriteFailure(
        error.kind,
        "the registry deletes no tags, and its manifests can't be deleted: \(error.message); "
          + "allow deletion there (distribution: REGISTRY_STORAGE_DELETE_ENABLED=true), or delete the tag by hand"
      )
    }
  }
}

extension Change {
  /// The deletion as a registry ends it that deletes nothing: held where it will not, failed where that may pass.
  fileprivate func ended(byObjection failure: WriteFailure) -> Change {
    switch failure.kind {
    case .transient, .throttled, .hostReadOnly, .notBegun: ended(failure)
    case .missing, .incomplete, .refused: held(failure.message)
    }
  }
}
