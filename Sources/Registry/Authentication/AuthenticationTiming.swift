import LinuxSystem

/// The clock that tokens expire by, and the pauses before a token service that failed is asked again.
package struct AuthenticationTiming: Sendable {
  /// Time since some fixed instant; it never jumps.
  package var now: @Sendable () -> Duration
  /// Waits after the failed try number `attempt`, from 1; throws where the task is cancelled.
  package var pause: @Sendable (_ attempt: Int) async throws -> Void

  package init(
    now: @escaping @Sendable () -> Duration = SystemClock.monotonic,
    pause: @escaping @Sendable (_ attempt: Int) async throws -> Void = {
      try await Task.sleep(for: .milliseconds(200 << $0) * Double.random(in: 0..<1))
    }
  ) {
    self.now = now
    self.pause = pause
  }
}
