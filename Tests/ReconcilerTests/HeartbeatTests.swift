import Model
import Synchronization
import TestSupport
import Testing

@testable import Reconciler

@Suite struct HeartbeatTests {
  @Test func countsFromTheLastStepOrFromTheEndOfARest() {
    let time = ManualTime()
    let heartbeat = Heartbeat(time)
    time.advance(by: .seconds(9))
    #expect(heartbeat.silence == .seconds(9))
    heartbeat.beat()
    #expect(heartbeat.silence == .zero)
    heartbeat.rest(until: .seconds(309))
    time.advance(by: .seconds(300))
    #expect(heartbeat.silence == .zero)
    time.advance(by: .seconds(5))
    #expect(heartbeat.silence == .seconds(5))
    // The ring that ended a rest early is a step: what hangs then is seen.
    heartbeat.rest(until: .seconds(900))
    heartbeat.beat()
    time.advance(by: .seconds(7))
    #expect(heartbeat.silence == .seconds(7))
  }
}

extension ReconcileLoopTests {
  private func declareMany(_ bench: Bench) throws {
    let many = try (1...200).map { try DesiredState.Entry(key: key("r/i\($0)"), digest: digest(1)) }
    try bench.branches.commit(.state(DesiredState(many)))
  }

  /// A pass of 200 tags, each of which is asked about and written in ten seconds.
  @Test(.timeLimit(.minutes(10))) func eachAnswerOfALongPassIsAStep() async throws {
    let bench = try Bench()
    try declareMany(bench)
    let (doorbell, heartbeat) = (Doorbell(), Heartbeat(bench.time))
    let longest = Mutex(Duration.zero)
    bench.registry.adjust { [time = bench.time] in
      $0.onRequest = { _, _ in
        time.advance(by: .seconds(10))
        longest.withLock { $0 = max($0, heartbeat.silence) }
      }
    }
    try await run(bench, doorbell, heartbeat) { try await until { bench.registry.tags.count == 200 } }
    // Four writes are under way at once.
    #expect(longest.withLock(\.self) <= .seconds(40))
    #expect(bench.time.monotonic() >= .seconds(4000))
  }

  @Test(.timeLimit(.minutes(10))) func aLoopThatHangsFallsSilentAndOneThatWaitsDoesNot() async throws {
    let hangs = Mutex(false)
    let isHanging = Mutex(false)
    let release = AsyncStream<Void>.makeStream()
    let storage = MemoryStorage { _ in
      guard hangs.withLock(\.self) else { return }
      isHanging.withLock { $0 = true }
      for await _ in release.stream { break }
    }
    let bench = try Bench(storage: storage)
    try bench.branches.commit(["r/a": 1])
    let (doorbell, heartbeat) = (Doorbell(), Heartbeat(bench.time))
    try await run(bench, doorbell, heartbeat) {
      try await until { storage.text.contains(#""endsFirstPass":true"#) }
      // The loop waits for its next sweep, for 270 s at least: until then nothing is wrong.
      bench.time.advance(by: .seconds(250))
      try await until { heartbeat.silence == .zero }

      hangs.withLock { $0 = true }
      try bench.branches.commit(["r/a": 2])
      doorbell.branchMoved("latest")
      try await until { isHanging.withLock(\.self) }
      // Not from when the rest would have ended: it was over with the ring.
      bench.time.advance(by: .seconds(100))
      #expect(heartbeat.silence == .seconds(100))
      hangs.withLock { $0 = false }
      release.continuation.finish()
      try await until { heartbeat.silence == .zero }
    }
  }
}
