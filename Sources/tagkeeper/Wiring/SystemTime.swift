import LinuxSystem
import Model
import Reconciler

/// The machine's clocks.
struct SystemTime: TimeSource {
  func now() -> Timestamp { Timestamp(milliseconds: SystemClock.sinceEpoch().milliseconds) }
  func monotonic() -> Duration { SystemClock.monotonic() }
  func random() -> Double { Double.random(in: 0..<1) }

  func sleep(until deadline: Duration) async throws {
    let rest = deadline - monotonic()
    if rest > .zero { try await Task.sleep(for: rest) }
  }
}
