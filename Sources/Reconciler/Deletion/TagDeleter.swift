import Model

/// Deletes tags: natively where the registry can, else by tombstones. One for all channels of a registry, and one
/// caller at a time.
package final class TagDeleter {
  enum Support {
    case unknown
    case native
    /// The registry deletes manifests at most.
    case emulated
  }

  /// Whether the digest that a tag has now is one that this deletion may take away.
  typealias IsOurs = (Change, Digest) -> Bool

  let registry: any TagWriter
  let journal: Journal
  let time: any TimeSource
  private var support = Support.unknown
  /// Repositories where a tombstone of this process was deleted by digest.
  var proven: Set<RepositoryName> = []
  /// When batches that could not be finished are looked at again.
  var recovery = (failures: 0, due: Duration.zero)

  package init(registry: any TagWriter, journal: Journal, time: any TimeSource) {
    self.registry = registry
    self.journal = journal
    self.time = time
  }

  /// Makes the deletions, and returns each as it ended: applied, failed, or held where its tag changed meanwhile or the
  /// registry can't. Those that were not begun are returned as they came. Where the host takes no
  /// deletion it is given up. `failure` is what the journal threw; then no more was begun.
  func delete(
    _ changes: [Change], isOurs: IsOurs, unless interrupt: Interrupt
  ) async -> (results: [Change], gaveUp: Bool, failure: (any Error)?) {
    var results: [Change] = []
    var failure: (any Error)?
    var health = HostHealth(tolerance: registry.concurrency)
    for group in changes.grouped(by: \.key.repository) {
      var waiting = group[...]
      // The first answer says which way goes; it is asked alone.
      while support != .emulated, !waiting.isEmpty, health.acceptsWrites, !interrupt.isRaised {
        let count = support == .native ? registry.concurrency : 1
        let batch = waiting.prefix(count)
        waiting = waiting.dropFirst(count)
        let native = await deleteNatively(Array(batch), isOurs: isOurs)
        results += native.ended
        waiting = native.unsupported + waiting
        for failure in native.failures { health.note(failure) }
      }
      while support == .emulated, !waiting.isEmpty, failure == nil, !interrupt.isRaised {
        do {
          results += try await deleteByTombstone(Array(waiting.prefix(Self.batchSize)), isOurs: isOurs)
          waiting = waiting.dropFirst(Self.batchSize)
        } catch {
          failure = error
        }
      }
      results += waiting
    }
    return (results, !health.acceptsWrites, failure)
  }

  private struct NativeOutcome {
    var ended: [Change]
    var unsupported: [Change] = []
    /// Of the requests; nil for one that was carried out.
    var failures: [WriteFailure?] = []
  }

  private func deleteNatively(_ changes: [Change], isOurs: IsOurs) async -> NativeOutcome {
    let (confirmed, others) = await confirm(changes, isOurs: isOurs)
    var outcome = NativeOutcome(ended: others)
    let answers = await confirmed.concurrentlyMapped(atOnce: registry.concurrency) { [registry] change in
      do throws(WriteFailure) {
        return Result<TagDeletionAnswer, WriteFailure>.success(try await registry.deleteTag(change.reference))
      } catch {
        return .failure(error)
      }
    }
    for (change, answer) in zip(confirmed, answers) { note(answer, of: change, in: &outcome) }
    return outcome
  }

  private func note(
    _ answer: Result<TagDeletionAnswer, WriteFailure>, of change: Change, in outcome: inout NativeOutcome
  ) {
    switch answer {
    case .success(.deleted), .success(.absent):
      support = .native
      outcome.failures.append(nil)
      outcome.ended.append(change.ended(nil))
    case .success(.unsupported(let message)):
      if let objection = registry.tombstoneObjection {
        outcome.ended.append(change.held("\(message); \(objection)"))
      } else {
        support = .emulated
        outcome.unsupported.append(change)
      }
    case .failure(let failure):
      outcome.failures.append(failure)
      outcome.ended.append(change.ended(failure))
    }
  }

  /// A fresh `HEAD` of each tag, just before: only a digest that is ours may go.
  func confirm(_ changes: [Change], isOurs: IsOurs) async -> (confirmed: [Change], ended: [Change]) {
    let answers = await registry.observe(changes.map(\.reference))
    let unfinished = Set(await journal.record.unfinishedBatches.map(\.tombstone))
    var confirmed: [Change] = []
    var ended: [Change] = []
    for change in changes {
      switch answers[change.reference] {
      case .present(let digest) where unfinished.contains(digest):
        // Its own batch knows the digest that it had; another would put the tombstone back in its place.
        ended.append(change.ended(WriteFailure(.transient, "an earlier deletion of the tag is not finished")))
      case .present(let digest) where isOurs(change, digest):
        var current = change
        current.from = digest
        confirmed.append(current)
      case .present(let digest):
        ended.append(change.held("somebody moved the tag to \(digest.short): delete it by hand"))
      case .absent: ended.append(change.ended(nil))
      case .unknown(let failure): ended.append(change.ended(WriteFailure(.transient, failure.message)))
      case nil: ended.append(change)
      }
    }
    return (confirmed, ended)
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
