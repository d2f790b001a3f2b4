import Model
import Planning

extension ChannelReconciler {
  /// Journals a pass that is news, or that ends its channel's first one.
  /// - Returns: Whether it is news.
  func journalPass(_ report: PassReport) async throws -> Bool {
    guard let commit = report.commit, !report.endedEarly else { return false }
    let record = await journal.record.channels[settings.name]
    let isLive = report.isLive && !report.isSuspended
    let isNews = isNews(report) || (isLive && record?.converged != commit)
    // Those who look on have been told what is to be deleted.
    let endsFirstPass =
      record?.isInFirstPass == true && memory.history.map { $0.gap == nil } == true
      && memory.creation.isWhole
    if isNews || endsFirstPass {
      try await journal.commit(
        .pass(
          channel: settings.name, commit, report.plan.outcomes, duration: report.duration,
          isConverged: isLive, endsFirstPass: endsFirstPass))
    }
    return isNews
  }

  /// Says what changed since the last pass; of a quiet one, that it was.
  func tell(_ report: PassReport, isNews: Bool) {
    tellSuspensions(report)
    if let reason = report.error {
      if memory.heldReason?.withoutDigits != reason.withoutDigits {
        events.take(
          report.hasOutcomes
            ? .stopped(channel: settings.name, reason: reason) : .held(channel: settings.name, reason: reason)
        )
      }
      memory.heldReason = reason
      return
    }
    if let reason = report.awaited { tellWaiting(Waiting(commit: report.commit, reason: reason)) }
    guard !report.endedEarly, let commit = report.commit else { return }
    memory.toldWaiting = nil
    if memory.heldReason != nil { events.take(.resumed(channel: settings.name)) }
    memory.heldReason = nil
    tellGaps(report)
    tellSuspects()
    tellAttention(report.plan, commit)
    let beginsCopies = takeUntoldCopies(report.plan)
    events.take(isNews || beginsCopies ? .pass(report) : .unchanged(report))
    memory.toldStanding = report.plan.outcomes.standing
  }

  /// Something was written, or tried with another result than before.
  func isNews(_ report: PassReport) -> Bool {
    guard report.hasOutcomes else { return false }
    return report.plan.changes.contains { $0.outcome == .applied }
      || report.plan.outcomes.standing != memory.toldStanding
  }

  /// Whether an image is being copied that was not told of. What fails and is tried again is told of once.
  private func takeUntoldCopies(_ plan: Plan) -> Bool {
    let copying = Set(plan.changes.filter(\.isBeingCopied).compactMap { NeededImage($0) })
    defer {
      memory.toldCopying.formUnion(copying)
      memory.toldCopying.formIntersection(plan.changes.compactMap { NeededImage($0) })
    }
    return !copying.isSubset(of: memory.toldCopying)
  }

  private func tellWaiting(_ waiting: Waiting) {
    defer { memory.toldWaiting = waiting }
    guard memory.toldWaiting != waiting else { return }
    events.take(.waiting(channel: settings.name, reason: waiting.reason))
  }

  /// Each gap once. While a history is being read, what was said stands.
  private func tellGaps(_ report: PassReport) {
    guard memory.history != nil, !memory.creation.isPending else { return }
    let channel = settings.name
    tell(report.historyGap, &memory.toldGap) { .deletionsHeld(channel: channel, reason: $0) }
    tell(report.createFromGap, &memory.toldCreateFromGap) { .creationsHeld(channel: channel, reason: $0) }
    tell(report.keepGap, &memory.toldKeepGap) { .keepTagsHeld(channel: channel, reason: $0) }
  }

  private func tell(_ gap: String?, _ told: inout String?, _ event: (String) -> Event) {
    if let gap, gap.withoutDigits != told?.withoutDigits { events.take(event(gap)) }
    told = gap
  }

  private func tellSuspensions(_ report: PassReport) {
    guard let suspensions = report.suspensions, suspensions != memory.toldSuspensions else { return }
    memory.toldSuspensions = suspensions
    events.take(.suspensions(channel: settings.name, suspensions))
  }

  private func tellSuspects() {
    let suspects = memory.grace.suspects
    let new = suspects.filter { !memory.toldSuspects.contains($0) }
    if !new.isEmpty { events.take(.suspected(channel: settings.name, new)) }
    memory.toldSuspects = Set(suspects)
  }

  /// Blocked and held changes, each once until its reason changes.
  private func tellAttention(_ plan: Plan, _ commit: CommitID) {
    // Without a history nothing is known of deletions: what was said of them stands.
    let isUnknown = memory.history == nil || memory.creation.isPending
    var current =
      isUnknown ? memory.said.filter { [.prune, .createFrom, .keep].contains($0.value.cause) } : [:]
    for change in plan.changes {
      let said = memory.said[change.reference]
      if (change.isToBeDone && change.outcome == nil) || change.restraint == .suspended {
        // Not begun this time: what was said of it when it failed stands. Of suspensions it is told as such.
        current[change.reference] = said
      } else if change.outcome != .applied {
        current[change.reference] = change
        guard said?.saysTheSame(as: change) != true else { continue }
        events.take(.change(channel: settings.name, commit: commit, change))
      }
    }
    memory.said = current
  }
}

extension Plan.Summary {
  /// The counts that matter to somebody who was told before: which of the failing changes were tried, or are being
  /// copied, is chance.
  fileprivate var standing: Plan.Summary {
    Plan.Summary(blocked: blocked, held: held, failed: failed + notBegun + copying, inSync: inSync)
  }
}

extension Change {
  /// Alike but for numbers in the reason: milliseconds and request ids are new each time.
  func saysTheSame(as other: Change) -> Bool {
    var (a, b) = (self, other)
    (a.reason, b.reason) = (reason?.withoutDigits, other.reason?.withoutDigits)
    return a == b
  }
}

extension String {
  /// For comparing reasons: milliseconds, process ids and ports are new each time.
  var withoutDigits: String { filter { !$0.isNumber } }
}

extension PassReport {
  /// The pass ended before it knew what to do.
  var endedEarly: Bool { isInterrupted || awaited != nil }

  /// Something is not known that deletions, created tags or keep tags depend on.
  package var hasGap: Bool { historyGap != nil || createFromGap != nil || keepGap != nil }

  /// Something was written, or tried.
  package var hasOutcomes: Bool { plan.changes.contains { $0.outcome != nil } }

  /// Every declared tag has its digest. Deletions and keep tags may wait.
  package var isLive: Bool {
    error == nil
      && plan.changes.allSatisfy { $0.to == nil || $0.cause == .keep || $0.outcome == .applied }
  }

  /// Exit status 1: something needs a person, or was not finished.
  package var needsAttention: Bool {
    error != nil || isInterrupted || hasGap || plan.outcomes.needsAttention
  }
}
