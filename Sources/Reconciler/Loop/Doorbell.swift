import Synchronization

/// What happened since the loop last looked.
package struct Rings: Hashable, Sendable {
  /// Channels whose branch moved.
  package var channels: Set<String> = []
  /// Channels whose history was read, or one of whose copies ended.
  package var ended: Set<String> = []
  /// SIGHUP: a sweep of everything, at once.
  package var sweep = false
  package var stop = false

  var isEmpty: Bool { self == Rings() }
}

/// How the outside wakes the loop. Rings wait until they are taken; one that can't wait interrupts the pass under way.
package final class Doorbell: Sendable {
  package let interrupt = Interrupt()
  private struct State {
    var rings = Rings()
    var waiter: CheckedContinuation<Void, Never>?
    /// The alarm of the wait under way went off, maybe before there was a waiter.
    var isAlarmed = false
  }
  private let state = Mutex(State())

  package init() {}

  /// The branch of `channel` moved, or a person said something: a pass of it goes before whatever is under way.
  package func branchMoved(_ channel: String) { ring(interrupting: true) { $0.channels.insert(channel) } }

  /// A history was read, or a copy ended, that a pass of `channel` went on without.
  package func longWorkEnded(_ channel: String) { ring(interrupting: false) { $0.ended.insert(channel) } }

  package func sweep() { ring(interrupting: false) { $0.sweep = true } }

  package func stop() { ring(interrupting: true) { $0.stop = true } }

  /// Takes the rings. A later one interrupts the pass that begins now.
  func take() -> Rings {
    interrupt.clear()
    return state.withLock { state in
      defer { state.rings = Rings() }
      return state.rings
    }
  }

  /// Returns when something rang, or at `deadline`.
  func wait(until deadline: Duration, _ time: any TimeSource) async {
    state.withLock { $0.isAlarmed = false }
    let alarm = Task {
      try await time.sleep(until: deadline)
      self.wake { $0.isAlarmed = true }
    }
    await withCheckedContinuation { continuation in
      let mayReturn = state.withLock { state in
        let mayReturn = state.isAlarmed || !state.rings.isEmpty
        if !mayReturn { state.waiter = continuation }
        return mayReturn
      }
      if mayReturn { continuation.resume() }
    }
    // Ended before the next wait begins, so that it can't be taken for that one's.
    alarm.cancel()
    _ = await alarm.result
  }

  private func ring(interrupting: Bool, _ change: (inout Rings) -> Void) {
    state.withLock { change(&$0.rings) }
    if interrupting { interrupt.raise() }
    wake { _ in }
  }

  private func wake(_ change: (inout State) -> Void) {
    let waiter = state.withLock { state in
      change(&state)
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }
}
