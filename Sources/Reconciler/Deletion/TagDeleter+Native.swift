import Model

extension TagDeleter {
  /// Deletes tags as the registry deletes them itself.
  /// - Returns: those that have to go another way.
  /// - Throws: what the journal throws.
  func deleteNatively(_ changes: [Change], in run: DeletionRun) async throws -> [Change] {
    let confirmed = await confirm(changes, in: run)
    let answers = await confirmed.concurrentlyMapped(atOnce: registry.concurrency) { [registry] change in
      do throws(WriteFailure) {
        return Result<TagDeletionAnswer, WriteFailure>.success(try await registry.deleteTag(change.reference))
      } catch {
        return .failure(error)
      }
    }
    var unsupported: [Change] = []
    for (change, answer) in zip(confirmed, answers) {
      switch answer {
      case .success(.deleted), .success(.absent):
        support = .native
        run.end(change.ended(nil))
      case .success(.unsupported):
        support = registry.tombstoneObjection.map { .refused(WriteFailure(.refused, $0)) } ?? .emulated
        unsupported.append(change)
      case .failure(let failure): run.fail(change, failure)
      }
    }
    try await journal.append(run.takeUnrecorded())
    return unsupported
  }
}
