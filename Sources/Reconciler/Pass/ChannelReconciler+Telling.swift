import Model
import Planning

extension ChannelReconciler {
  /// Journals a pass that changed something, or after which its commit is live for the first time.
  func journalPass(_ report: PassReport, isNew: Bool) async throws {
    guard let commit = report.commit, report.hasOutcomes || (report.isLive && isNew) else { return }
    try await journal.commit(
      .pass(
        channel: settings.name, commit, report.plan.summary, duration: report.duration,
        isConverged: report.isLive))
  }

  /// What held the channel is over.
  func tellResumed() {
    guard memory.heldReason != nil else { return }
    memory.heldReason = nil
    events.take(.resumed(channel: settings.name))
  }

  /// Says what changed since the last pass; of a quiet one, that it was.
  func tell(_ report: PassReport) {
    if let reason = report.error, reason != memory.heldReason {
      memory.heldReason = reason
      events.take(.held(channel: settings.name, reason: reason))
    }
    guard report.error == nil, let commit = report.commit else { return }
    tellAttention(report.plan, commit)
    events.take(report.hasOutcomes ? .pass(report) : .unchanged(report))
  }

  /// Blocked and held changes, each once until its reason changes.
  private func tellAttention(_ plan: Plan, _ commit: CommitID) {
    var current: [TagReference: Change] = [:]
    for change in plan.changes {
      let needsAttention = change.action == .blocked || change.action == .held || change.outcome == .failed
      guard needsAttention else { continue }
      current[change.reference] = change
      if memory.said[change.reference] != change {
        events.take(.change(channel: settings.name, commit: commit, change))
      }
    }
    memory.said = current
  }
}

extension PassReport {
  /// Something was written, or tried.
  package var hasOutcomes: Bool { plan.changes.contains { $0.outcome != nil } }

  /// Every declared tag has its digest. Deletions may wait.
  package var isLive: Bool {
    error == nil && plan.changes.allSatisfy { $0.to == nil || $0.outcome == .applied }
  }

  /// Exit status 1: something needs a person, or was not finished.
  package var needsAttention: Bool {
    error != nil || plan.summary.needsAttention
      || plan.changes.contains { $0.outcome == nil && $0.action != .held }
  }
}
