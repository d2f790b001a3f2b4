import Model

/// Reads a branch's history beside the loop, one reading at a time, each going on from the last.
actor HistoryKeeper {
  private let source: any StateSource
  /// Called when a reading is ready.
  private let ready: @Sendable () -> Void
  private var last: (request: HistoryRequest, reading: HistoryReading)?
  private var current: (request: HistoryRequest, task: Task<HistoryReading, Never>)?

  init(source: any StateSource, ready: @escaping @Sendable () -> Void) {
    self.source = source
    self.ready = ready
  }

  /// The history for `request` where it has been read; else begins to read it, and returns nil.
  func reading(for request: HistoryRequest) -> HistoryReading? {
    if let last, last.request == request { return last.reading }
    if current?.request != request { begin(request) }
    return nil
  }

  /// The history for `request`, however long it takes.
  func completeReading(for request: HistoryRequest) async -> HistoryReading {
    if let reading = reading(for: request) { return reading }
    return await current!.task.value
  }

  private func begin(_ request: HistoryRequest) {
    let earlier = current?.task
    let previous = last?.reading
    let task = Task { [source] in
      let previous = await earlier?.value ?? previous
      return await source.history(request, after: previous)
    }
    current = (request, task)
    Task {
      let reading = await task.value
      guard current?.request == request else { return }
      last = (request, reading)
      ready()
    }
  }
}
