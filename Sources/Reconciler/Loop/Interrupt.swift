import Synchronization

/// Asks the pass in progress to make way: observation stops at once, writes in flight finish and no new one starts.
package final class Interrupt: Sendable {
  private struct State {
    var isRaised = false
    var lastID = 0
    var onRaise: [Int: @Sendable () -> Void] = [:]
  }
  private let state = Mutex(State())

  package init() {}

  package var isRaised: Bool { state.withLock(\.isRaised) }

  package func raise() {
    let actions = state.withLock { state in
      state.isRaised = true
      return state.onRaise.values
    }
    for action in actions { action() }
  }

  package func clear() { state.withLock { $0.isRaised = false } }

  /// Runs `body` in a task that is cancelled when the interrupt is raised.
  func cancelling<T: Sendable>(_ body: @escaping @Sendable () async -> T) async -> T {
    let task = Task(operation: body)
    let (id, isRaised) = state.withLock { state in
      state.lastID += 1
      state.onRaise[state.lastID] = { task.cancel() }
      return (state.lastID, state.isRaised)
    }
    if isRaised { task.cancel() }
    defer { state.withLock { $0.onRaise[id] = nil } }
    return await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      task.cancel()
    }
  }
}
