package import Model
import Synchronization

extension GitRepository {
  /// One commit, without its changes. Its parents are those that it names, also where a shallow clone lacks
  /// them.
  /// - Throws: `GitError.unreadable` where there is none; `CancellationError`, `SystemError`.
  package nonisolated func commit(_ id: CommitID) async throws -> HistoryCommit {
    let found = Found()
    _ = try await walk(HistoryQuery(tips: [id], limit: 1)) { commit in found.commit.withLock { $0 = commit } }
    guard let commit = found.commit.withLock({ $0 }) else { throw await missing("commit \(id.short)") }
    let parents = try await parents(of: id).map { try CommitID($0) }
    return HistoryCommit(
      id: commit.id, parents: parents, authorName: commit.authorName, time: commit.time,
      message: commit.message, changes: [])
  }
}

private final class Found: Sendable {
  let commit = Mutex<HistoryCommit?>(nil)
}
