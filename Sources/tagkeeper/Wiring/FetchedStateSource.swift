import Model
import Reconciler

/// A checkout that is fetched into: a branch that is gone at the remote is missing, although its last commit is here.
struct FetchedStateSource: StateSource {
  let checkout: GitStateSource
  let fetches: FetchLoop

  func resolve(_ branch: String) async -> Resolution {
    switch await fetches.hold(on: branch) {
    case .vanished(let reason): .missing(reason)
    case .awaited: .awaited("branch \(branch) is being fetched first")
    case nil: await checkout.resolve(branch)
    }
  }

  func state(at commit: CommitID) async -> StateReading { await checkout.state(at: commit) }

  func isAncestor(_ ancestor: CommitID, of descendant: CommitID) async -> Ancestry {
    await checkout.isAncestor(ancestor, of: descendant)
  }

  func trust(
    in commit: CommitID, after applied: CommitID?, judged: @escaping @Sendable () -> Void
  ) async -> Trust {
    await checkout.trust(in: commit, after: applied, judged: judged)
  }

  func history(
    _ request: HistoryRequest, read: @escaping @Sendable () -> Void
  ) async -> HistoryReading {
    await checkout.history(request, read: read)
  }
}
