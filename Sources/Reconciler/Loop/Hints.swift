/// Reasons to look at once, from whoever may give them. The first is followed at once; those that come within `pause` of
/// the last look are followed together, at its end. None is lost, and no number of them makes more than one look a `pause`.
package struct Hints: Sendable {
  private let pause: Duration
  private let time: any TimeSource
  private let rings: AsyncStream<Void>
  private let bell: AsyncStream<Void>.Continuation

  package init(pause: Duration, _ time: any TimeSource) {
    self.pause = pause
    self.time = time
    (rings, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  }

  /// Returns at once, on any thread.
  package func give() { bell.yield() }

  /// Calls `look` as hints come, until the task is cancelled.
  package func follow(_ look: @Sendable () async -> Void) async {
    for await _ in rings {
      await look()
      guard (try? await time.sleep(until: time.monotonic() + pause)) != nil else { return }
    }
  }
}
