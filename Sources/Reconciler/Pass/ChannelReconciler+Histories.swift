import Model
import Planning

extension ChannelReconciler {
  /// Reads what the branch declared over time, and what the channel creates from, as far as the pass waits for it.
  func readHistories(_ kind: PassKind, _ request: HistoryRequest, _ report: inout PassReport) async throws {
    memory.history = await read(request, from: history, kind, readsOn: memory.readsOn)
    if let history = memory.history { memory.readsOn = history.gap == nil }
    report.historyGap = memory.history?.gap
    let record = await journal.record.channels[settings.name]
    memory.creation = Creation(await readSource(kind), besides: memory.history, after: record)
    report.createFromGap = memory.creation.gap
    memory.ownership = memory.history.map { memory.creation.ownership($0, after: record) }
  }

  private func readSource(_ kind: PassKind) async -> SourceReading {
    guard let source = settings.createFrom else { return .none }
    let record = await journal.record.channels[source.channel]
    // Not the accepted commit: it is nobody's state before a pass begins to make it true.
    let reading = await reader.source(applied: record?.counted, record) { request in
      await read(request, from: sourceHistory, kind, readsOn: memory.readsSourceOn)
    }
    memory.readsSourceOn = if case .known = reading { true } else { false }
    return reading
  }

  /// - Parameter readsOn: only what is new is left to read. What the new commit creates and keeps belongs to its own
  ///   pass: that waits for it.
  private func read(
    _ request: HistoryRequest, from keeper: HistoryKeeper, _ kind: PassKind, readsOn: Bool
  ) async -> HistoryReading? {
    let hasAdditions = settings.createFrom != nil || settings.keep != nil
    if waitsForLongWork || (hasAdditions && readsOn) { return await keeper.completeReading(for: request) }
    return await keeper.reading(for: request, retriesGap: kind == .sweep)
  }
}
