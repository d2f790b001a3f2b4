import Model
import Planning

extension ChannelReconciler {
  /// The steps of a pass in their order. What it learned is in `report` however it ends.
  func run(
    _ kind: PassKind, at revision: CommitID?, beside neighbours: [Neighbour], _ report: inout PassReport
  ) async throws {
    try await readSuspensions(&report)
    var target = try await findTarget(at: revision, &report)
    let record = await journal.record.channels[settings.name]
    let request = HistoryRequest(target.commit, record)
    try await readHistories(kind, request, &report)
    // Whether an empty state is meant, the history says.
    if memory.history == nil, target.state.entries.isEmpty { throw PassWait(reason: PassWait.history) }
    if let hold = emptyStateHold(target, memory.history) { throw PassHold(reason: hold) }
    target = try target.taking(memory.creation, template: settings.template)
    memory.take(target, template: settings.template)
    if memory.settled.isEmpty { memory.settled = await reader.settled(record, before: target) }
    if kind == .sweep { memory.backoff.beginSweep() }
    try await observe(kind, target)
    // A revision may land as another commit: keep tags named after it would stay for ever.
    let keep = KeepTags(settings, target, revision == nil ? memory.history : nil, memory.creation)
    report.keepGap = keep.gap
    await observe(keep, &report)
    report.isInterrupted = interrupt.isRaised
    guard !report.isInterrupted else { return }

    try await journal.append(noteFoundDone(target.commit))
    // A revision's deletions are the branch's to make: it may declare what the revision lacks.
    if revision != nil { (memory.history, memory.ownership, report.historyGap) = (nil, nil, nil) }
    // Once more: much may have been said since the pass began.
    let restraints = try await restraints(&report)
    report.plan = await plan(target, keep, after: record, beside: neighbours, within: restraints)
    if revision == nil, !report.isSuspended,
      record?.counted != target.commit || record?.applied != target.commit
    {
      try await journal.commit(
        .applying(
          channel: settings.name, target.commit, images: target.state.entries.count,
          beginsFirstPass: record?.counted == nil))
    }
    try await write(target.commit, past: keep.past, &report)
    // In a first pass the history's own ring brings the pass that holds the deletions; it would else make them.
    let isFirst = record?.isInFirstPass ?? true
    if revision == nil, !isFirst, memory.history == nil, let reading = await history.reading(for: request) {
      try await addDeletions(
        reading, target, keep, after: record, beside: neighbours, within: restraints, &report)
    }
    try await delete(target.commit, &report)
  }

  /// The history was read while the moves went out: its deletions belong to this pass.
  private func addDeletions(
    _ reading: HistoryReading, _ target: Target, _ keep: KeepTags, after record: JournalRecord.Channel?,
    beside neighbours: [Neighbour], within restraints: Restraints, _ report: inout PassReport
  ) async throws {
    (memory.history, memory.ownership) = (reading, memory.creation.ownership(reading, after: record))
    try await observe(.commit, target)
    // Not each of them was looked at: the next pass plans them.
    guard !interrupt.isRaised else { return (memory.history, memory.ownership) = (nil, nil) }
    report.historyGap = reading.gap
    let prunes = await plan(target, keep, after: record, beside: neighbours, within: restraints).changes
      .filter { $0.cause == .prune }
    report.plan = Plan(changes: report.plan.changes + prunes, inSync: report.plan.inSync)
  }

  private func findTarget(at revision: CommitID?, _ report: inout PassReport) async throws -> Target {
    let record = await journal.record.channels[settings.name]
    let reading =
      if let revision {
        await reader.target(applying: revision, after: record, knowing: memory.target)
      } else {
        await reader.target(after: record, knowing: memory.target)
      }
    switch reading {
    case .held(let commit, let reason):
      report.commit = commit
      throw PassHold(reason: reason)
    case .awaited(let reason): throw PassWait(reason: reason)
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
    _ target: Target, _ keep: KeepTags, after record: JournalRecord.Channel?, beside neighbours: [Neighbour],
    within restraints: Restraints
  ) async -> Plan {
    var input = PlanInput(
      target, template: settings.template, observed: memory.observed, settled: memory.settled,
      prune: PruneInput(memory.ownership, after: record, tombstones: await journal.record.tombstones),
      after: record, beside: neighbours)
    input.torn = memory.streak.torn
    for entry in target.declared.entries where memory.observed[entry.reference]?.digest == entry.digest {
      memory.settled[entry.reference] = entry.digest
    }
    let plan = Plan(input, keep, beside: neighbours) { memory.keep.observation(of: $0) }
      .restrained(by: restraints)
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
