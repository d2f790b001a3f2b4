import Synchronization

/// What happened since the loop last looked.
package struct Rings: Hashable, Sendable {
  /// Channels whose branch moved, or whose history was read.
  package var channels: Set<String> = []
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
  }
  private let state = Mutex(State())

  package init() {}

  /// The branch of `channel` moved: a pass of it goes before whatever is under way.
  package func branchMoved(_ channel: String) { ring(interrupting: true) { $0.channels.insert(channel) } }

  package func historyRead(_ channel: String) { ring(interrupting: false) { $0.channels.insert(channel) } }

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
    let alarm = Task {
      try await time.sleep(until: deadline)
      self.wake()
    }
    await withCheckedContinuation { continuation in
      let isRinging = state.withLock { state in
        if state.rings.isEmpty { state.waiter = continuation }
        return !state.rings.isEmpty
      }
      if isRinging { continuation.resume() }
    }
    alarm.cancel()
  }

  private func ring(interrupting: Bool, _ change: (inout Rings) -> Void) {
    state.withLock { change(&$0.rings) }
    if interrupting { interrupt.raise() }
    wake()
  }

  private func wake() {
    let waiter = state.withLock { state in
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }
}
