package import Model
package import Planning

/// The reading half of a checkout. Every answer says apart what git knows and what could not be read.
package protocol StateSource: Sendable {
  func resolve(_ branch: String) async -> Resolution
  /// The state at a commit; an unchanged file is not parsed again.
  func state(at commit: CommitID) async -> StateReading
  func isAncestor(_ ancestor: CommitID, of descendant: CommitID) async -> Ancestry
  /// Whether `commit` may be applied. Who signs counts, where the configuration says so: what a pass would change may be
  /// looked at without an answer, as a pull request's check does.
  /// - Parameters:
  ///   - applied: The commit that was applied last; nil for none.
  ///   - judged: Called, on any thread, after each commit that was looked at.
  func trust(
    in commit: CommitID, after applied: CommitID?, judged: @escaping @Sendable () -> Void
  ) async -> Trust
  /// What the branch declared over time.
  /// - Parameter read: Called, on any thread, after each commit that was read.
  func history(_ request: HistoryRequest, read: @escaping @Sendable () -> Void) async -> HistoryReading
}

extension StateSource {
  package func trust(in commit: CommitID, after applied: CommitID?) async -> Trust {
    await trust(in: commit, after: applied) {}
  }

  package func history(_ request: HistoryRequest) async -> HistoryReading { await history(request) {} }
}

package enum Resolution: Hashable, Sendable {
  case commit(CommitID)
  /// No such branch, with what to do about it.
  case missing(String)
  case unknown(String)
  /// Not known yet, and nothing is wrong: for what it waits.
  case awaited(String)
}

package enum StateReading: Sendable {
  case state(DesiredState)
  /// The file is absent or wrong, with its diagnostics: the same at every later reading of this commit.
  case invalid(String)
  case unknown(String)
}

package enum Ancestry: Hashable, Sendable {
  case ancestor
  case notAncestor
  /// Shallow or partial, with the remedy.
  case unknown(String)
}

package enum Trust: Hashable, Sendable {
  case trusted
  /// Whose word is missing or does not count, with the remedy.
  case refused(String)
  case unknown(String)
}

package struct HistoryRequest: Hashable, Sendable {
  package let tip: CommitID
  /// Every commit that this channel applied.
  package let applied: Set<CommitID>
  /// The commit with which a person last ended a rewound branch's hold.
  package let accepted: CommitID?

  package init(tip: CommitID, applied: Set<CommitID>, accepted: CommitID?) {
    self.tip = tip
    self.applied = applied
    self.accepted = accepted
  }
}

package struct HistoryReading: Sendable {
  package let tip: CommitID
  package let history: BranchHistory
  /// Why it is not the whole history; nil where it is.
  package let gap: String?

  package init(tip: CommitID, history: BranchHistory, gap: String?) {
    self.tip = tip
    self.history = history
    self.gap = gap
  }
}
