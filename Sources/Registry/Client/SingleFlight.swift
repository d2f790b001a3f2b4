import Synchronization

/// One piece of work at a time, whose result goes to all who asked for it meanwhile.
final class SingleFlight<Value: Sendable>: Sendable {
  typealias Outcome = Result<Value, RegistryError>

  private struct State {
    var isFlying = false
    var lastID = 0
    var waiting: [Int: CheckedContinuation<Outcome, Never>] = [:]
  }

  private let state = Mutex(State())
  /// What a caller does that waits, for the error of one that is cancelled.
  private let activity: String

  init(_ activity: String) { self.activity = activity }

  /// The result of `work`, or of the same work where it is under way already. A caller that is cancelled leaves at once;
  /// the work goes on for the others.
  func result(_ work: @escaping @Sendable () async -> Outcome) async -> Outcome {
    let id = state.withLock { state in
      state.lastID += 1
      return state.lastID
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        // The handler below may have run already: then nobody else would resume this caller.
        if Task.isCancelled { return continuation.resume(returning: cancelled) }
        let isFirst = state.withLock { state in
          state.waiting[id] = continuation
          defer { state.isFlying = true }
          return !state.isFlying
        }
        if isFirst { Task { self.finish(await work()) } }
        if Task.isCancelled { withdraw(id) }
      }
    } onCancel: {
      withdraw(id)
    }
  }

  /// Starts `work` unless it is under way, and waits for nothing.
  func start(_ work: @escaping @Sendable () async -> Outcome) {
    let isFirst = state.withLock { state in
      defer { state.isFlying = true }
      return !state.isFlying
    }
    if isFirst { Task { self.finish(await work()) } }
  }

  private var cancelled: Outcome {
    .failure(RegistryError(.cancelled, "cancelled while \(activity)"))
  }

  private func withdraw(_ id: Int) {
    state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: cancelled)
  }

  private func finish(_ outcome: Outcome) {
    let waiting = state.withLock { state in
      state.isFlying = false
      defer { state.waiting = [:] }
      return state.waiting
    }
    for continuation in waiting.values { continuation.resume(returning: outcome) }
  }
}
