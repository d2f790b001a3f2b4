import Model

extension TagDeleter {
  /// Deletes tags as the registry deletes them itself. One that failed for a fault that may pass is looked at again
  /// and, where it is still there and ours, tried again: by then it may be gone, or somebody else's.
  /// - Returns: those that have to go another way.
  /// - Throws: what the journal throws.
  func deleteNatively(_ changes: [Change], in run: DeletionRun, unless interrupt: Interrupt) async throws
    -> [Change]
  {
    var unsupported: [Change] = []
    var waiting = changes
    for attempt in 1...Self.nativeTries where !waiting.isEmpty {
      let isLast = attempt == Self.nativeTries || interrupt.isRaised
      var failed: [Change] = []
      for (change, answer) in await tryNatively(waiting, in: run) {
        switch answer {
        case .success(.deleted), .success(.absent):
          support = .native
          run.end(change.ended(nil))
        case .success(.unsupported):
          support = registry.tombstoneObjection.map { .refused(WriteFailure(.refused, $0)) } ?? .emulated
          unsupported.append(change)
        case .failure(let failure):
          if [.transient, .throttled].contains(failure.kind), !isLast {
            failed.append(change)
          } else {
            run.fail(change, failure)
          }
        }
      }
      waiting = failed
      try await journal.append(run.takeUnrecorded())
    }
    return unsupported
  }

  /// How often at most a tag's deletion is sent.
  private static let nativeTries = 3

  /// What the registry answered for each tag that may go; the others were heard of.
  private func tryNatively(
    _ changes: [Change], in run: DeletionRun
  ) async -> [(Change, Result<TagDeletionAnswer, WriteFailure>)] {
    let confirmed = await confirm(changes, in: run)
    let answers = await confirmed.concurrentlyMapped(atOnce: registry.concurrency) { [registry] change in
      do throws(WriteFailure) {
        return Result<TagDeletionAnswer, WriteFailure>.success(try await registry.deleteTag(change.reference))
      } catch {
        return .failure(error)
      }
    }
    return Array(zip(confirmed, answers))
  }
}
