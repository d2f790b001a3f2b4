import Model
import Planning
import Reconciler
import Synchronization
import TestSupport

/// A checkout in memory: linear branches whose commits can be rewound.
final class ModelBranches: StateSource {
  struct Commit {
    var state: StateReading
    var parent: CommitID?
    var allowsPrune = false
    /// A day after that of the commit before it.
    var time = Timestamp(seconds: 0)

    var isWhole: Bool { if case .state = state { true } else { false } }
  }
  struct State {
    var commits: [CommitID: Commit] = [:]
    var tips: [String: Resolution] = [:]
    var serial = 0
    var historyGap: String?
    /// Why commits that were applied beside a branch could not be read.
    var missing: String?
    /// Awaited before a history is answered.
    var readingHistory: (@Sendable (_ read: @Sendable () -> Void) async -> Void)?
    /// Called at each question for trust.
    var judging: (@Sendable (_ judged: () -> Void) -> Void)?
    var ancestryFailure: String?
    /// What is said of commits that are not trusted.
    var distrust: [CommitID: Trust] = [:]
    /// The questions for trust.
    var asked: [Asked] = []
  }
  struct Asked: Equatable {
    let commit: CommitID
    let applied: CommitID?
  }
  private let state = Mutex(State())

  func adjust(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

  /// The questions for trust.
  var asked: [Asked] { state.withLock(\.asked) }

  /// Commits a state on a branch's tip.
  @discardableResult
  func commit(
    _ reading: StateReading, on branch: String = "production", allowsPrune: Bool = false
  ) throws -> CommitID {
    try state.withLock { state in
      state.serial += 1
      let id = try TestSupport.commit(state.serial)
      var parent: CommitID?
      if case .commit(let tip) = state.tips[branch] { parent = tip }
      state.commits[id] = Commit(
        state: reading, parent: parent, allowsPrune: allowsPrune,
        time: Timestamp(seconds: Int64(state.serial) * 86_400))
      state.tips[branch] = .commit(id)
      return id
    }
  }

  @discardableResult
  func commit(
    _ digests: KeyValuePairs<String, UInt8>, on branch: String = "production", allowsPrune: Bool = false
  ) throws -> CommitID {
    try commit(.state(TestSupport.state(digests)), on: branch, allowsPrune: allowsPrune)
  }

  func point(_ branch: String = "production", at resolution: Resolution) {
    state.withLock { $0.tips[branch] = resolution }
  }

  func resolve(_ branch: String) async -> Resolution {
    state.withLock { $0.tips[branch] ?? .missing("no branch \(branch)") }
  }

  func state(at commit: CommitID) async -> StateReading {
    state.withLock { $0.commits[commit]?.state ?? .unknown("no commit \(commit)") }
  }

  func isAncestor(_ ancestor: CommitID, of descendant: CommitID) async -> Ancestry {
    state.withLock { state in
      if let failure = state.ancestryFailure { return .unknown(failure) }
      return chain(descendant, state).contains(ancestor) ? .ancestor : .notAncestor
    }
  }

  func trust(
    in commit: CommitID, after applied: CommitID?, judged: @escaping @Sendable () -> Void
  ) async -> Trust {
    state.withLock(\.judging)?(judged)
    return state.withLock { state in
      state.asked.append(Asked(commit: commit, applied: applied))
      return state.distrust[commit] ?? .trusted
    }
  }

  func history(
    _ request: HistoryRequest, read: @escaping @Sendable () -> Void
  ) async -> HistoryReading {
    if let reading = state.withLock(\.readingHistory) { await reading(read) }
    return state.withLock { state in
      var history = BranchHistory()
      let chain = chain(request.tip, state)
      let offChain = request.applied.flatMap { self.chain($0, state) }.filter { !chain.contains($0) }
      var digests: [ImageKey: Set<Digest>] = [:]
      for id in offChain {
        for entry in entries(state.commits[id]!) { digests[entry.key, default: []].insert(entry.digest) }
      }
      for id in chain.reversed() {
        let commit = state.commits[id]!
        let parent = commit.parent.flatMap { state.commits[$0] }
        let isChange = parent.map { entries($0) != entries(commit) } ?? true
        history.append(
          .init(
            commit: id, time: commit.time, entries: isChange ? entries(commit) : nil,
            isWhole: commit.isWhole, allowsPrune: commit.allowsPrune))
        if id == request.accepted {
          history.adopt(digests, removedBy: id, isAllowed: commit.allowsPrune, everywhere: true)
        }
      }
      history.missing = state.missing
      return HistoryReading(tip: request.tip, history: history, gap: state.historyGap)
    }
  }

  private func entries(_ commit: Commit) -> [DesiredState.Entry] {
    if case .state(let state) = commit.state { state.entries } else { [] }
  }

  private func chain(_ tip: CommitID, _ state: State) -> [CommitID] {
    Array(sequence(first: tip) { state.commits[$0]?.parent }).filter { state.commits[$0] != nil }
  }
}

extension Resolution {
  var commit: CommitID? { if case .commit(let commit) = self { commit } else { nil } }
}
