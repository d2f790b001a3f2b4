import Model
import Reconciler
import Synchronization
import TestSupport

/// Time that moves only when told.
final class ManualTime: TimeSource {
  private struct State {
    var elapsed: Duration = .zero
    var sleepers: [Int: (deadline: Duration, continuation: CheckedContinuation<Void, any Error>)] = [:]
    var serial = 0
    var random = SeededGenerator(seed: 1)
  }
  private let state = Mutex(State())

  /// The earliest time that somebody sleeps until; nil where nobody does.
  var nextDeadline: Duration? { state.withLock { $0.sleepers.values.map(\.deadline).min() } }

  func now() -> Timestamp {
    Timestamp(milliseconds: 1_795_000_000_000 + state.withLock { $0.elapsed.milliseconds })
  }
  func monotonic() -> Duration { state.withLock(\.elapsed) }
  func random() -> Double { state.withLock { Double.random(in: 0..<1, using: &$0.random) } }

  func sleep(until deadline: Duration) async throws {
    let serial = state.withLock { state in
      state.serial += 1
      return state.serial
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let isOver = state.withLock { state in
          if Task.isCancelled || state.elapsed >= deadline { return true }
          state.sleepers[serial] = (deadline, continuation)
          return false
        }
        if isOver {
          Task.isCancelled ? continuation.resume(throwing: CancellationError()) : continuation.resume()
        }
      }
    } onCancel: {
      state.withLock { $0.sleepers.removeValue(forKey: serial) }?.continuation.resume(
        throwing: CancellationError())
    }
  }

  func advance(by duration: Duration) {
    let due = state.withLock { state in
      state.elapsed += duration
      let due = state.sleepers.filter { $0.value.deadline <= state.elapsed }
      for serial in due.keys { state.sleepers[serial] = nil }
      return due.values.map(\.continuation)
    }
    for continuation in due { continuation.resume() }
  }
}
