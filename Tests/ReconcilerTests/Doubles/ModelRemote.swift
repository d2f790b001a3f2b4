import Reconciler
import Synchronization

/// A remote that answers as it is told, in memory.
final class ModelRemote: BranchFetcher {
  private struct State {
    var outcomes: [String: FetchOutcome] = [:]
    var fetched: [String] = []
    var onFetch: (@Sendable () async -> Void)?
  }
  private let state = Mutex(State())

  /// What became of a branch from now on; `fetched` where nothing is said.
  func answer(_ branch: String, _ outcome: FetchOutcome) { state.withLock { $0.outcomes[branch] = outcome } }

  /// Awaited in each fetch.
  func onFetch(_ body: (@Sendable () async -> Void)?) { state.withLock { $0.onFetch = body } }

  /// The branches in the order in which they were asked for.
  var fetched: [String] { state.withLock(\.fetched) }

  func fetch(_ branch: String) async -> FetchOutcome {
    let onFetch = state.withLock { state in
      state.fetched.append(branch)
      return state.onFetch
    }
    await onFetch?()
    return state.withLock { $0.outcomes[branch] ?? .fetched }
  }
}
