package import Model
import Planning

/// The reading half of a pass, alone: what an `apply` would change. It holds nothing that could write.
package struct PlanPass: Sendable {
  package let settings: ChannelSettings
  let reader: PassReader
  /// Nil where no channel copies.
  let finder: (any ImageFinder)?
  let suspensions: any SuspensionBox

  package init(
    _ settings: ChannelSettings, source: any StateSource, registry: any TagReader,
    finder: (any ImageFinder)? = nil, acceptances: any AcceptanceBox, suspensions: any SuspensionBox,
    time: any TimeSource
  ) {
    self.finder = finder
    self.suspensions = suspensions
    self.settings = settings
    reader = PassReader(
      channel: settings, source: source, registry: registry, acceptances: acceptances, time: time)
  }

  /// The channel as others have to know it.
  package func neighbour(_ record: JournalRecord) async -> Neighbour {
    let reading = await reader.target(after: record.channels[settings.name], knowing: nil)
    guard case .target(let target, _) = reading else { return Neighbour(settings, nil, .none) }
    guard settings.createFrom != nil else { return Neighbour(settings, target, .none) }
    let channel = record.channels[settings.name]
    let history = await reader.source.history(HistoryRequest(target.commit, channel))
    let creation = Creation(await readSource(record), besides: history, after: channel)
    let whole = try? target.taking(creation, template: settings.template)
    return Neighbour(settings, whole, creation)
  }

  private func readSource(_ record: JournalRecord) async -> SourceReading {
    guard let source = settings.createFrom else { return .none }
    let channel = record.channels[source.channel]
    var applied = channel?.counted
    // Without a record, as in a pull request's check, the source's tip is judged as if it were applied.
    if applied == nil, case .commit(let tip) = await reader.source.resolve(source.branch) { applied = tip }
    return await reader.source(applied: applied, channel) { await reader.source.history($0) }
  }

  /// - Parameter revision: a commit to plan instead of the branch's tip.
  package func report(
    after record: JournalRecord, at revision: CommitID? = nil, beside neighbours: [Neighbour]
  ) async -> PassReport {
    let start = reader.time.monotonic()
    var report = PassReport(channel: settings.name, branch: settings.branch)
    do { report.suspensions = try await settings.suspensions(in: suspensions, at: reader.time.now()) } catch {
      report.error = error.reason
      return report
    }
    let channel = record.channels[settings.name]
    let reading =
      if let revision { await reader.target(at: revision) } else {
        await reader.target(after: channel, knowing: nil)
      }
    switch reading {
    case .held(let commit, let reason):
      report.commit = commit
      report.error = reason
    case .awaited(let reason): report.awaited = reason
    case .target(let target, _):
      report.commit = target.commit
      do {
        try await plan(target, record, isBranch: revision == nil, beside: neighbours, &report)
      } catch {
        report.error = error.reason
      }
    }
    report.duration = reader.time.monotonic() - start
    return report
  }

  private func plan(
    _ target: Target, _ record: JournalRecord, isBranch: Bool, beside neighbours: [Neighbour],
    _ report: inout PassReport
  ) async throws(PassHold) {
    let channel = record.channels[settings.name]
    let history = await reader.source.history(HistoryRequest(target.commit, channel))
    report.historyGap = history.gap
    if let hold = emptyStateHold(target, history) { throw PassHold(reason: hold) }
    let creation = Creation(await readSource(record), besides: history, after: channel)
    report.createFromGap = creation.gap
    let target = try target.taking(creation, template: settings.template)
    let ownership = creation.ownership(history, after: channel)
    let keep = KeepTags(settings, target, isBranch ? history : nil, creation)
    report.keepGap = keep.gap
    let tags =
      target.declared.entries.map(\.reference)
      + reader.removedTags(ownership.history, declared: target.declared)
    let observed = await reader.registry.observe(
      tags + keep.references, expecting: target.declared.digests)
    if let hold = unreachableHold(observed) { throw PassHold(reason: hold) }
    var prune = PruneInput(ownership, after: channel, tombstones: record.tombstones)
    // Without a record, as in a pull request's check, the removals are judged as if the commit were applied: a first
    // pass's hold is the daemon's affair.
    prune.appliedImages = prune.appliedImages ?? target.state.entries.count
    let input = PlanInput(
      target, template: settings.template, observed: observed,
      settled: isBranch ? await reader.settled(channel, before: target) : [:], prune: prune, after: channel,
      beside: neighbours)
    let restraints = Restraints(suspensions: report.suspensions ?? [], reportsDrift: settings.reportsDrift)
    let plan = Plan(input, keep, beside: neighbours) { observed[$0] }
    report.plan = await blockMissing(plan.restrained(by: restraints), past: keep.past)
  }
}
