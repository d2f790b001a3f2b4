import Model
import Planning

extension ChannelReconciler {
  /// The steps of a pass in their order. What it learned is in `report` however it ends.
  func run(
    _ kind: PassKind, at revision: CommitID?, beside neighbours: [Neighbour], _ report: inout PassReport
  ) async throws {
    let target = try await findTarget(at: revision, &report)
    let record = await journal.record.channels[settings.name]
    let request = HistoryRequest(target.commit, record)
    memory.history =
      waitsForHistory
      ? await history.completeReading(for: request)
      : await history.reading(for: request, retriesGap: kind == .sweep)
    report.historyGap = memory.history?.gap
    // Whether an empty state is meant, the history says.
    report.isAwaitingHistory = memory.history == nil && target.declared.entries.isEmpty
    guard !report.isAwaitingHistory else { return }
    if let hold = emptyStateHold(target, memory.history) { throw PassHold(reason: hold) }
    memory.take(target, template: settings.template)
    if memory.settled.isEmpty { memory.settled = await reader.settled(record) }
    if kind == .sweep { memory.backoff.beginSweep() }
    try await observe(kind, target)
    report.isInterrupted = interrupt.isRaised
    guard !report.isInterrupted else { return }

    try await journal.append(noteFoundDone(target.commit))
    // A revision's deletions are the branch's to make: it may declare what the revision lacks.
    if revision != nil { (memory.history, report.historyGap) = (nil, nil) }
    report.plan = await plan(target, after: record, beside: neighbours)
    if revision == nil, record?.counted != target.commit || record?.applied != target.commit {
      try await journal.commit(
        .applying(
          channel: settings.name, target.commit, images: target.state.entries.count,
          beginsFirstPass: record?.counted == nil))
    }
    try await write(target.commit, &report)
    // In a first pass the history's own ring brings the pass that holds the deletions; it would else make them.
    let isFirst = record?.isInFirstPass ?? true
    if revision == nil, !isFirst, memory.history == nil, let reading = await history.reading(for: request) {
      try await addDeletions(reading, target, after: record, beside: neighbours, &report)
    }
    try await delete(target.commit, &report)
  }

  /// The history was read while the moves went out: its deletions belong to this pass.
  private func addDeletions(
    _ reading: HistoryReading, _ target: Target, after record: JournalRecord.Channel?,
    beside neighbours: [Neighbour], _ report: inout PassReport
  ) async throws {
    memory.history = reading
    try await observe(.commit, target)
    // Not each of them was looked at: the next pass plans them.
    guard !interrupt.isRaised else { return memory.history = nil }
    report.historyGap = reading.gap
    let prunes = await plan(target, after: record, beside: neighbours).changes.filter { $0.cause == .prune }
    report.plan = Plan(changes: report.plan.changes + prunes, inSync: report.plan.inSync)
  }

  private func findTarget(at revision: CommitID?, _ report: inout PassReport) async throws -> Target {
    let record = await journal.record.channels[settings.name]
    let reading =
      if let revision { await reader.target(at: revision, knowing: memory.target) } else {
        await reader.target(after: record, knowing: memory.target)
      }
    switch reading {
    case .held(let commit, let reason):
      report.commit = commit
      throw PassHold(reason: reason)
    case .target(let target, let accepted):
      report.commit = target.commit
      if let accepted {
        try await journal.commit(.accepted(channel: settings.name, accepted))
        await reader.acceptances.remove(for: settings.name)
        events.take(.accepted(channel: settings.name, accepted))
      }
      return target
    }
  }

  private func plan(
    _ target: Target, after record: JournalRecord.Channel?, beside neighbours: [Neighbour]
  ) async -> Plan {
    var input = PlanInput(
      target, template: settings.template, observed: memory.observed, settled: memory.settled,
      prune: PruneInput(memory.history, after: record, tombstones: await journal.record.tombstones))
    input.torn = memory.streak.torn
    input.take(neighbours)
    for entry in target.declared.entries where memory.observed[entry.reference]?.digest == entry.digest {
      memory.settled[entry.reference] = entry.digest
    }
    let plan = Plan(input)
    wait(for: plan)
    return plan
  }

  /// What is no longer to be done waits for nothing; what could not be read again waits longer.
  private func wait(for plan: Plan) {
    let now = time.monotonic()
    memory.backoff.keep(Set(plan.changes.filter { $0.isToBeDone || $0.action == .blocked }.map(\.reference)))
    for change in plan.changes where change.action == .blocked {
      let tag = change.reference
      guard memory.backoff.knows(tag), memory.backoff.isDue(tag, at: now) else { continue }
      memory.backoff.failed(tag, at: now, random: time.random())
    }
  }
}
