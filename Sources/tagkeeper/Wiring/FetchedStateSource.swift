import Model
import Reconciler

/// A checkout that is fetched into: a branch that is gone at the remote is missing, although its last commit is here.
struct FetchedStateSource: StateSource {
  let checkout: GitStateSource
  let fetches: FetchLoop

  func resolve(_ branch: String) async -> Resolution {
    if let reason = await fetches.hold(on: branch) { return .missing(reason) }
    return await checkout.resolve(branch)
  }

  func state(at commit: CommitID) async -> StateReading { await checkout.state(at: commit) }

  func isAncestor(_ ancestor: CommitID, of descendant: CommitID) async -> Ancestry {
    await checkout.isAncestor(ancestor, of: descendant)
  }

  func trust(in commit: CommitID, after applied: CommitID?) async -> Trust {
    await checkout.trust(in: commit, after: applied)
  }

  func history(_ request: HistoryRequest) async -> HistoryReading { await checkout.history(request) }
}
