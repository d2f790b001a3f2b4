import LinuxSystem
import Model
import Reconciler

/// The machine's clocks.
struct SystemTime: TimeSource {
  func now() -> Timestamp { Timestamp(milliseconds: SystemClock.sinceEpoch().milliseconds) }
  func monotonic() -> Duration { SystemClock.monotonic() }
  func random() -> Double { Double.random(in: 0..<1) }

  func sleep(until deadline: Duration) async throws {
    // A cancelled sleep's timer stays in memory until its time comes: an hour of them would add up.
    while case let rest = deadline - monotonic(), rest > .zero {
      try await Task.sleep(for: min(rest, .seconds(15)))
    }
  }
}
