package import HTTPClient
import Synchronization

/// Time that moves only when somebody sleeps: every sleep is over at once, and took its time.
package final class SleepingClock: Sendable {
  private struct State {
    var now = Duration.zero
    var sleeps: [Duration] = []
  }

  private let state = Mutex(State())

  package init() {}

  package var now: Duration {
    get { state.withLock(\.now) }
    set { state.withLock { $0.now = newValue } }
  }

  /// Until when somebody slept, in order.
  package var sleeps: [Duration] { state.withLock(\.sleeps) }

  /// The wall clock starts at `Sun, 06 Nov 1994 08:49:37 GMT`.
  package var clock: PaceClock {
    PaceClock(now: { self.now }, wall: { 784_111_777 + Int(self.now.components.seconds) }) { deadline in
      self.state.withLock { state in
        state.sleeps.append(deadline)
        state.now = max(state.now, deadline)
      }
    }
  }
}
