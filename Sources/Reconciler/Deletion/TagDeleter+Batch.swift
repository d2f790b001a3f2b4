import Model

/// What became of a batch's tags.
struct BatchOutcome {
  enum End {
    case deleted
    case foreign(Digest)
    /// It has its original digest, and why.
    case kept(WriteFailure)

    var fate: TombstoneBatch.Fate {
      switch self {
      case .deleted: .deleted
      case .foreign: .foreign
      case .kept: .kept
      }
    }
  }

  var tags: [TagName: End] = [:]
  var fates: [TagName: TombstoneBatch.Fate] { tags.mapValues(\.fate) }
  /// The registry said of every tag what stands there, and whether it dangles.
  var isKnown = true
  var hasTombstones = false

  /// The batch need not be looked at again.
  var isOver: Bool { isKnown && !hasTombstones }
}

extension TagDeleter {
  /// On each of `members`, which are the batch's; what failed.
  func putTombstones(
    of batch: TombstoneBatch, on members: [TombstoneBatch.Member]
  ) async -> [TagName: WriteFailure] {
    await eachConcurrently(members) { [registry] member throws(WriteFailure) in
      try await registry.putTombstone(of: batch.id, at: batch.reference(of: member))
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

  /// From tombstones on tags to none: deletes the tombstone, and what then still dangles; where that fails, puts the
  /// originals back.
  func finish(_ batch: TombstoneBatch) async -> BatchOutcome {
    var failure: WriteFailure?
    var wasListed = false
    // Further rounds are for tags that a deletion left dangling. † distribution 2.8 does that where another client writes
    // a tag meanwhile: the manifest is gone, and the answer is 500.
    for _ in 1...4 {
      if await !look(at: batch).marked.isEmpty {
        do throws(WriteFailure) {
          try await registry.deleteManifest(batch.tombstone, in: batch.repository)
          failure = nil
        } catch {
          failure = error
          proven.remove(batch.repository)
        }
      }
      guard let dangling = await danglingMembers(of: batch) else { break }
      wasListed = true
      guard !dangling.isEmpty else { break }
      _ = await putTombstones(of: batch, on: dangling)
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
    let answers = await registry.observe(batch.members.map(batch.reference))
    var outcome = BatchOutcome()
    var marked: [TombstoneBatch.Member] = []
    for member in batch.members {
      switch answers[batch.reference(of: member)] {
      case .present(batch.tombstone): marked.append(member)
      case .present(member.original):
        outcome.tags[member.tag] = .kept(
          WriteFailure(.transient, "the tombstone could not be put on the tag"))
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
    let answers = await registry.observe(suspects.map(batch.reference))
    return suspects.filter { answers[batch.reference(of: $0)] == .absent }
  }

  private func restore(
    _ members: [TombstoneBatch.Member], of batch: TombstoneBatch, because failure: WriteFailure?,
    _ outcome: inout BatchOutcome
  ) async {
    let failures = await eachConcurrently(members) { [registry] member throws(WriteFailure) in
      try await registry.put(member.original, at: batch.reference(of: member))
    }
    outcome.hasTombstones = !failures.isEmpty
    // What may pass next time, unless the whole host takes no writes.
    let kind: WriteFailure.Kind = failure?.kind == .hostReadOnly ? .hostReadOnly : .transient
    let reason = failure?.message ?? "the tag came back"
    for member in members {
      let message =
        failures[member.tag].map {
          "the tag still has a tombstone, and its digest could not be put back: \($0.message)"
        } ?? "the tombstone could not be deleted (\(reason)): the tag has its digest again"
      outcome.tags[member.tag] = .kept(WriteFailure(kind, message))
    }
  }
}
