import Model
import Synchronization

/// Reads a branch's history beside the loop, one reading at a time.
actor HistoryKeeper {
  private let source: any StateSource
  /// The loop's; nil where none waits.
  private let heartbeat: Heartbeat?
  /// How many passes wait for a reading: its steps are theirs, and those of a reading beside the loop are not.
  private let waiting = Atomic(0)
  /// Called when a reading is ready that somebody went on without.
  private let ready: @Sendable () -> Void
  private var last: (request: HistoryRequest, reading: HistoryReading)?
  private var current: (request: HistoryRequest, task: Task<HistoryReading, Never>)?

  init(source: any StateSource, heartbeat: Heartbeat?, ready: @escaping @Sendable () -> Void) {
    self.source = source
    self.heartbeat = heartbeat
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
    waiting.add(1, ordering: .relaxed)
    defer { waiting.subtract(1, ordering: .relaxed) }
    if current?.request != request { begin(request, tells: false) }
    return await current!.task.value
  }

  private func begin(_ request: HistoryRequest, tells: Bool) {
    let earlier = current?.task
    let previous = last
    let task = Task {
      _ = await earlier?.value
      return await source.history(request) { [self] in
        if waiting.load(ordering: .relaxed) > 0 { heartbeat?.beat() }
      }
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
