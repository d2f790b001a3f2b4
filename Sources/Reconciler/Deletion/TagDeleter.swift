import Model

/// Deletes tags: natively where the registry can, else by tombstones. One for all channels of a registry, and one
/// caller at a time.
package final class TagDeleter {
  enum Support {
    case unknown
    case native
    /// The registry deletes manifests at most.
    case emulated
    /// Nor is it one on which tombstones are to be tried.
    case refused(WriteFailure)
  }

  let registry: any TagWriter
  let journal: Journal
  let time: any TimeSource
  var support = Support.unknown
  /// Repositories where a tombstone of this process was deleted by digest.
  var proven: Set<RepositoryName> = []
  /// Batches that this process began: whoever asked for them hears what became of them.
  var begun: Set<String> = []
  /// When batches that could not be finished are looked at again.
  var recovery = (failures: 0, due: Duration.zero)

  package init(registry: any TagWriter, journal: Journal, time: any TimeSource) {
    self.registry = registry
    self.journal = journal
    self.time = time
  }

  /// Makes the deletions, a batch at a time, each journalled before the next begins. Those that were not begun are not
  /// heard of: interrupted, or the host takes no writes.
  /// - Throws: what the journal throws; then no more is begun.
  func delete(_ changes: [Change], in run: DeletionRun, unless interrupt: Interrupt) async throws {
    // One deletion of each call asks whether the registry still refuses.
    if case .refused = support { support = .unknown }
    for group in changes.grouped(by: \.key.repository) {
      var waiting = group[...]
      while !waiting.isEmpty, run.health.acceptsWrites, !interrupt.isRaised {
        let batch = Array(waiting.prefix(batchSize))
        waiting = waiting.dropFirst(batch.count)
        switch support {
        case .unknown, .native:
          waiting = try await deleteNatively(batch, in: run, unless: interrupt) + waiting
        case .emulated: try await deleteByTombstone(batch, in: run)
        case .refused(let failure):
          for change in batch { run.end(change.held(failure.message), because: failure) }
          try await journal.append(run.takeUnrecorded())
        }
      }
    }
  }

  private var batchSize: Int {
    switch support {
    // The first answer says which way goes: it is asked alone.
    case .unknown: 1
    case .native: registry.concurrency
    case .emulated, .refused: Self.tombstoneBatchSize
    }
  }

  /// A fresh `HEAD` of each tag, just before: only a digest that is ours may go. Returns those that may.
  func confirm(_ changes: [Change], in run: DeletionRun) async -> [Change] {
    let answers = await registry.observe(changes.map(\.reference))
    let unfinished = Set(await journal.record.unfinishedBatches.map(\.tombstone))
    var confirmed: [Change] = []
    for change in changes {
      switch answers[change.reference] {
      case .present(let digest) where unfinished.contains(digest):
        // Its own batch knows the digest that it had; another would put the tombstone back in its place.
        run.fail(change, WriteFailure(.transient, "an earlier deletion of the tag is not finished"))
      case .present(let digest) where run.isOurs(change, digest):
        var current = change
        current.from = digest
        confirmed.append(current)
      case .present(let digest):
        run.end(change.held("somebody moved the tag to \(digest.short): delete it by hand"))
      case .absent: run.end(change.ended(nil))
      case .unknown(let failure): run.fail(change, WriteFailure(.transient, failure.message))
      case nil: break
      }
    }
    return confirmed
  }
}

extension Array {
  /// Runs of equal `property`; the array is sorted by it.
  fileprivate func grouped<Key: Equatable>(by property: (Element) -> Key) -> [[Element]] {
    var groups: [[Element]] = []
    for element in self {
      if let last = groups.last?.last, property(last) == property(element) {
        groups[groups.count - 1].append(element)
      } else {
        groups.append([element])
      }
    }
    return groups
  }
}
