import Synchronization

/// Asks the pass in progress to make way: observation stops at once, writes in flight finish and no new one starts.
package final class Interrupt: Sendable {
  private struct State {
    var isRaised = false
    /// One at a time.
    var onRaise: (@Sendable () -> Void)?
  }
  private let state = Mutex(State())

  package init() {}

  package var isRaised: Bool { state.withLock(\.isRaised) }

  package func raise() {
    let action = state.withLock { state in
      state.isRaised = true
      return state.onRaise
    }
    action?()
  }

  package func clear() { state.withLock { $0.isRaised = false } }

  /// Runs `body` in a task that is cancelled when the interrupt is raised.
  func cancelling<T: Sendable>(_ body: @escaping @Sendable () async -> T) async -> T {
    let task = Task(operation: body)
    let isRaised = state.withLock { state in
      state.onRaise = { task.cancel() }
      return state.isRaised
    }
    if isRaised { task.cancel() }
    defer { state.withLock { $0.onRaise = nil } }
    return await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      task.cancel()
    }
  }
}
