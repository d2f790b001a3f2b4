package import Model

/// The clocks, injected so that tests own time.
package protocol TimeSource: Sendable {
  /// Wall clock: for records and people.
  func now() -> Timestamp
  /// Monotonic, from an arbitrary start: for every interval.
  func monotonic() -> Duration
  /// Returns when `monotonic()` reaches `deadline`.
  /// - Throws: `CancellationError` as soon as the task is cancelled.
  func sleep(until deadline: Duration) async throws
  /// Uniform in 0..<1, for jitter.
  func random() -> Double
}
