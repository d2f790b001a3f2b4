import Glibc
import LinuxSystem
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct WorkerThreadTests {
  private struct Broken: Error {}

  @Test func workRunsInOrderOnOneThread() async throws {
    let thread = try WorkerThread(named: "test")
    let first = await thread.run { pthread_self() }
    for _ in 0..<100 {
      let next = await thread.run { pthread_self() }
      #expect(next == first)
    }
    #expect(first != pthread_self())
  }

  @Test func errorsArePassedOn() async throws {
    let thread = try WorkerThread(named: "test")
    await #expect(throws: Broken.self) { try await thread.run { () throws(Broken) in throw Broken() } }
  }

  /// Blocked threads, more than the cooperative pool has, keep nobody waiting.
  @Test func blockedThreadsDontStallThePool() async throws {
    let threads = try (0..<16).map { try WorkerThread(named: "blocked \($0)") }
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    let (reader, writer) = (ends[0], ends[1])
    for thread in threads {
      thread.start {
        var byte: UInt8 = 0
        read(reader, &byte, 1)
      }
    }
    let sum = await withTaskGroup(of: Int.self) { group in
      for number in 1...100 { group.addTask { number } }
      return await group.reduce(0, +)
    }
    #expect(sum == 5050)
    close(writer)
    for thread in threads { await thread.run {} }
    close(reader)
  }

  @Test func everySignalIsBlocked() async throws {
    let thread = try WorkerThread(named: "test")
    let isBlocked = await thread.run {
      var mask = sigset_t()
      pthread_sigmask(SIG_BLOCK, nil, &mask)
      return [SIGPIPE, SIGTERM, SIGINT, SIGHUP].map { sigismember(&mask, $0) }
    }
    #expect(isBlocked == [1, 1, 1, 1])
  }

  private actor Counter {
    private let thread: WorkerThread
    private var count = 0
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.executor }

    init() throws { thread = try WorkerThread(named: "counter") }

    func increment() -> (Int, pthread_t) {
      count += 1
      return (count, pthread_self())
    }
  }

  /// An actor may block in its methods: they run on its thread, which ends after the actor.
  @Test func actorRunsOnItsThread() async throws {
    let counter = try Counter()
    let (_, thread) = await counter.increment()
    for expected in 2...50 {
      let (count, again) = await counter.increment()
      #expect(count == expected)
      #expect(again == thread)
    }
  }
}
