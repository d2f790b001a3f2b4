import Model

// Where a registry deletes manifests only, a tag dies with the manifest that it points to. So the tags of a batch are
// first pointed at one manifest that is nobody else's, an index with no manifests, and that is deleted. Siblings of
// the original digest keep it. † One tombstone for each tag took 15 s for 225 tags and left 11 dangling; a shared one
// took 0.5 s and left none.

extension TagDeleter {
  static let batchSize = 50

  /// Deletes up to `batchSize` tags of one repository.
  /// - Throws: what the journal throws.
  func deleteByTombstone(_ changes: [Change], isOurs: IsOurs) async throws -> [Change] {
    let repository = changes[0].key.repository
    let id = "\(time.now().milliseconds)-\(UInt32(time.random() * 4_294_967_296))"
    if let objection = await objectionToDelete(in: repository) {
      return changes.map { objection.kind == .transient ? $0.ended(objection) : $0.held(objection.message) }
    }
    let (confirmed, others) = await confirm(changes, isOurs: isOurs)
    guard !confirmed.isEmpty else { return others }
    let batch = TombstoneBatch(
      id: id, repository: repository, tombstone: registry.tombstone(for: repository, batch: id),
      members: confirmed.map { .init(tag: $0.tag, original: $0.from!) })
    try await journal.commit(.tombstoning(batch))
    let failures = await putTombstones(of: batch)
    let outcome = await finish(batch)
    // A batch that could not be recorded as over is looked at once more: what became of its tags is known here.
    if outcome.isOver { try? await journal.append([.tombstoned(batch: batch.id)]) }
    return others
      + confirmed.map { change in
        switch outcome.tags[change.tag] {
        case .deleted: change.ended(nil)
        case .foreign(let digest):
          change.held("somebody moved the tag to \(digest.short) meanwhile: it is left")
        case .kept(let reason): change.ended(failures[change.tag] ?? WriteFailure(.transient, reason))
        case nil: change.ended(WriteFailure(.transient, "the registry did not say whether the tag is gone"))
        }
      }
  }

  /// Ends the batches that an earlier process began. Those whose registry does not answer stay for a later call.
  /// - Throws: what the journal throws.
  package func recover() async throws {
    let batches = await journal.record.unfinishedBatches
    guard !batches.isEmpty, time.monotonic() >= recovery.due else { return }
    var isOver = true
    for batch in batches {
      guard await finish(batch).isOver else {
        isOver = false
        continue
      }
      try await journal.append([.tombstoned(batch: batch.id)])
    }
    recovery.failures = isOver ? 0 : recovery.failures + 1
    let pause = isOver ? .zero : ChangeBackoff.pause(after: recovery.failures, random: time.random())
    recovery.due = time.monotonic() + pause
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

  private func putTombstones(of batch: TombstoneBatch) async -> [TagName: WriteFailure] {
    await eachConcurrently(batch.members) { [registry] member throws(WriteFailure) in
      try await registry.putTombstone(of: batch.id, at: TagReference(batch.repository, member.tag))
    }
  }

  /// Runs `write` for each member, as many at once as the registry allows, and returns what failed.
  private func eachConcurrently(
    _ members: [TombstoneBatch.Member],
    _ write: @escaping @Sendable (TombstoneBatch.Member) async throws(WriteFailure) -> Void
  ) async -> [TagName: WriteFailure] {
    let failures = await members.concurrentlyMapped(atOnce: registry.concurrency) { member in
      do throws(WriteFailure) {
        try await write(member)
        return (member.tag, WriteFailure?.none)
      } catch {
        return (member.tag, error)
      }
    }
    return Dictionary(uniqueKeysWithValues: failures.compactMap { tag, failure in failure.map { (tag, $0) } })
  }
}

/// What became of a batch's tags.
private struct BatchOutcome {
  enum Fate {
    case deleted
    /// Somebody else's digest stands there now.
    case foreign(Digest)
    /// It has its original digest, and why.
    case kept(String)
  }

  var tags: [TagName: Fate] = [:]
  /// The registry said of every tag what stands there, and whether it dangles.
  var isKnown = true
  var hasTombstones = false

  /// The batch need not be looked at again.
  var isOver: Bool { isKnown && !hasTombstones }
}

extension TagDeleter {
  /// From tombstones on tags to none: deletes the tombstone, and what then still dangles; where that fails, puts the
  /// originals back.
  private func finish(_ batch: TombstoneBatch) async -> BatchOutcome {
    var failure: String?
    var wasListed = false
    // Further rounds are for tags that a deletion left dangling. † distribution 2.8 does that where another client writes
    // a tag meanwhile: the manifest is gone, and the answer is 500.
    for _ in 1...4 {
      if await !look(at: batch).marked.isEmpty {
        do throws(WriteFailure) {
          try await registry.deleteManifest(batch.tombstone, in: batch.repository)
          failure = nil
        } catch {
          failure = error.message
          proven.remove(batch.repository)
        }
      }
      guard let dangling = await danglingMembers(of: batch) else { break }
      wasListed = true
      guard !dangling.isEmpty else { break }
      _ = await eachConcurrently(dangling) { [registry] member throws(WriteFailure) in
        try await registry.putTombstone(of: batch.id, at: TagReference(batch.repository, member.tag))
      }
    }
    var (outcome, left) = await look(at: batch)
    if !left.isEmpty { await restore(left, of: batch, because: failure, &outcome) }
    let mayDangle = outcome.tags.values.contains { if case .deleted = $0 { true } else { false } }
    outcome.isKnown = outcome.isKnown && (wasListed || !mayDangle)
    return outcome
  }

  /// Asks about every tag of the batch. `marked` are those that have the tombstone.
  private func look(at batch: TombstoneBatch) async -> (
    outcome: BatchOutcome, marked: [TombstoneBatch.Member]
  ) {
    let answers = await registry.observe(batch.members.map { TagReference(batch.repository, $0.tag) })
    var outcome = BatchOutcome()
    var marked: [TombstoneBatch.Member] = []
    for member in batch.members {
      switch answers[TagReference(batch.repository, member.tag)] {
      case .present(batch.tombstone): marked.append(member)
      case .present(member.original):
        outcome.tags[member.tag] = .kept("the tombstone could not be put on the tag")
      case .present(let digest): outcome.tags[member.tag] = .foreign(digest)
      case .absent: outcome.tags[member.tag] = .deleted
      case .unknown, nil: outcome.isKnown = false
      }
    }
    outcome.hasTombstones = !marked.isEmpty
    return (outcome, marked)
  }

  /// The members that the registry lists though it no longer resolves them; nil where it does not list.
  private func danglingMembers(of batch: TombstoneBatch) async -> [TombstoneBatch.Member]? {
    guard let listed = try? await registry.tags(in: batch.repository) else { return nil }
    let suspects = batch.members.filter { listed.contains($0.tag) }
    guard !suspects.isEmpty else { return [] }
    let answers = await registry.observe(suspects.map { TagReference(batch.repository, $0.tag) })
    return suspects.filter { answers[TagReference(batch.repository, $0.tag)] == .absent }
  }

  private func restore(
    _ members: [TombstoneBatch.Member], of batch: TombstoneBatch, because failure: String?,
    _ outcome: inout BatchOutcome
  ) async {
    let failures = await eachConcurrently(members) { [registry] member throws(WriteFailure) in
      try await registry.put(member.original, at: TagReference(batch.repository, member.tag))
    }
    outcome.hasTombstones = !failures.isEmpty
    let reason =
      "the tombstone could not be deleted (\(failure ?? "the tag came back")): the tag has its digest again"
    for member in members {
      outcome.tags[member.tag] = .kept(
        failures[member.tag].map {
          "the tag still has a tombstone, and its digest could not be put back: \($0.message)"
        }
          ?? reason)
    }
  }
}
