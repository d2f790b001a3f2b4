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

  @Test func eachAnswerOnAWritesWayIsAStep() async throws {
    let (registry, time) = (ModelRegistry(), ManualTime())
    let heartbeat = Heartbeat(time)
    time.advance(by: .seconds(9))
    registry.adjust {
      $0.onRequest = { _, _ in
        #expect(heartbeat.silence == .zero)
        time.advance(by: .seconds(9))
      }
    }
    try await registry.beating(heartbeat).put(digest(1), at: reference("r:a"))
    #expect(heartbeat.silence == .zero && time.monotonic() == .seconds(18))
  }

  /// Of a reading beside the loop nobody knows whether the loop goes on.
  @Test(.timeLimit(.minutes(10))) func aCommitThatIsReadIsAStepWhereAPassWaitsForIt() async throws {
    let (branches, time) = (ModelBranches(), ManualTime())
    let heartbeat = Heartbeat(time)
    let silences = Mutex<[Duration]>([])
    branches.adjust {
      $0.readingHistory = { read in
        time.advance(by: .seconds(10))
        read()
        silences.withLock { $0.append(heartbeat.silence) }
      }
    }
    let ready = AsyncStream<Void>.makeStream()
    let keeper = HistoryKeeper(source: branches, heartbeat: heartbeat) { ready.continuation.finish() }
    func request() throws -> HistoryRequest {
      HistoryRequest(tip: try branches.commit(["r/a": 1]), applied: [], accepted: nil)
    }
    #expect(await keeper.reading(for: try request()) == nil)
    for await _ in ready.stream {}
    _ = await keeper.completeReading(for: try request())
    #expect(silences.withLock(\.self) == [.seconds(10), .zero])
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

  /// A hundred commits, each of which is judged in ten seconds.
  @Test(.timeLimit(.minutes(10))) func eachCommitThatIsJudgedIsAStep() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1])
    let (doorbell, heartbeat) = (Doorbell(), Heartbeat(bench.time))
    let longest = Mutex(Duration.zero)
    bench.branches.adjust { [time = bench.time] in
      $0.judging = { judged in
        for _ in 0..<100 {
          time.advance(by: .seconds(10))
          longest.withLock { $0 = max($0, heartbeat.silence) }
          judged()
        }
      }
    }
    try await run(bench, doorbell, heartbeat) { try await until { bench.registry.tags.count == 1 } }
    #expect(longest.withLock(\.self) == .seconds(10))
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
