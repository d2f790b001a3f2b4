package import Model
import Synchronization

extension GitRepository {
  /// One commit, without its changes. Its parents are those that it names, also where a shallow clone lacks
  /// them.
  /// - Throws: `GitError.unreadable` where there is none; `CancellationError`, `SystemError`.
  package nonisolated func commit(_ id: CommitID) async throws -> HistoryCommit {
    let last = try await lastCommit(HistoryQuery(tips: [id], limit: 1))
    guard let commit = last.commit else { throw await missing("commit \(id.short)") }
    let parents = try await parents(of: id).map { try CommitID($0) }
    return HistoryCommit(
      id: commit.id, parents: parents, authorName: commit.authorName, authorEmail: commit.authorEmail,
      time: commit.time, message: commit.message, changes: [])
  }

  /// Whether `commit` is `tip` or on its chain of first parents: whether the branch ever was at it. Looks at
  /// what came after it alone.
  /// - Throws: `GitError`, `CancellationError`, `SystemError`.
  package nonisolated func isOnFirstParents(_ commit: CommitID, of tip: CommitID) async throws -> Ancestry {
    if commit == tip { return .yes }
    // The chain down to what `commit` has in its history: its last step leads to `commit`, or past it.
    let last = try await lastCommit(HistoryQuery(tips: [tip], excluding: [commit]))
    if last.commit?.parents.first == commit { return .yes }
    if case .incomplete(let reason) = last.completeness { return .unknown(reason) }
    return .no
  }

  private nonisolated func lastCommit(_ query: HistoryQuery) async throws -> (
    commit: HistoryCommit?, completeness: HistoryCompleteness
  ) {
    let last = Latest()
    let completeness = try await walk(query) { commit in last.commit.withLock { $0 = commit } }
    return (last.commit.withLock { $0 }, completeness)
  }
}

private final class Latest: Sendable {
  let commit = Mutex<HistoryCommit?>(nil)
}
