import Model

/// Reads a branch's history beside the loop, one reading at a time.
actor HistoryKeeper {
  private let source: any StateSource
  /// Called when a reading is ready that somebody went on without.
  private let ready: @Sendable () -> Void
  private var last: (request: HistoryRequest, reading: HistoryReading)?
  private var current: (request: HistoryRequest, task: Task<HistoryReading, Never>)?

  init(source: any StateSource, ready: @escaping @Sendable () -> Void) {
    self.source = source
    self.ready = ready
  }

  /// The history for `request` where it has been read; else begins to read it, and returns nil.
  /// - Parameter retriesGap: also reads a history with a gap again: what made the gap may be mended.
  func reading(for request: HistoryRequest, retriesGap: Bool = false) -> HistoryReading? {
    guard let last, last.request == request else {
      if current?.request != request { begin(request, tells: true) }
      return nil
    }
    if last.reading.gap != nil, retriesGap, current == nil { begin(request, tells: true) }
    return last.reading
  }

  /// The history for `request`, however long it takes.
  func completeReading(for request: HistoryRequest) async -> HistoryReading {
    if let last, last.request == request, last.reading.gap == nil { return last.reading }
    if current?.request != request { begin(request, tells: false) }
    return await current!.task.value
  }

  private func begin(_ request: HistoryRequest, tells: Bool) {
    let earlier = current?.task
    let previous = last
    let task = Task { [source] in
      _ = await earlier?.value
      return await source.history(request)
    }
    current = (request, task)
    Task {
      let reading = await task.value
      guard current?.request == request else { return }
      current = nil
      let isNews = previous?.request != request || previous?.reading.gap != reading.gap
      last = (request, reading)
      if tells, isNews { ready() }
    }
  }
}
