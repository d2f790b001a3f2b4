import Synchronization

/// Whether the loop makes progress: it took a step of late, or waits for a time that has not come.
///
/// A step is a turn of the loop, an answer of the registry to one of its passes, or a commit that one of them waited for
/// git to read or to judge. Work beside the loop, such as copies and the reading of histories that no pass waits for, is
/// none: it would go on beside a loop that hangs.
package final class Heartbeat: Sendable {
  private let time: any TimeSource
  /// Up to when nothing is wrong: the last step's time, or the one that the loop waits for.
  private let standing: Mutex<Duration>

  package init(_ time: any TimeSource) {
    self.time = time
    standing = Mutex(time.monotonic())
  }

  /// The loop took a step.
  package func beat() {
    let now = time.monotonic()
    standing.withLock { $0 = now }
  }

  /// The loop has nothing to do before `deadline`.
  func rest(until deadline: Duration) { standing.withLock { $0 = deadline } }

  /// For how long a step has been due; zero while the loop waits.
  package var silence: Duration { max(.zero, time.monotonic() - standing.withLock(\.self)) }
}

extension TagWriter {
  /// The same registry, each answer of which is a step.
  package func beating(_ heartbeat: Heartbeat) -> any TagWriter {
    BeatingWriter(registry: self, heartbeat: heartbeat)
  }
}
