import Model
import Reconciler
import Synchronization
import TestSupport
import Testing

/// A tag's own deletion that met a fault: looked at again, and tried again where it is still there and ours.
@Suite struct NativeRetryTests {
  /// A pass that deletes one tag, whose first `faults` deletions fail after `effect`, and what was sent.
  private func deletion(
    faults: Int, effect: @escaping @Sendable (inout ModelRegistry.State, TagReference) -> Void = { _, _ in }
  ) async throws -> (outcomes: Plan.Summary, log: [String], tags: [String: UInt8]) {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 2])
    await bench.sweep()
    try bench.branches.commit(["r/a": 1])
    let tag = try reference("r:b-latest")
    let left = Atomic(faults)
    bench.registry.adjust {
      $0.onRequest = { request, state in
        state.isDown = request.hasPrefix("DELETE") && left.subtract(1, ordering: .relaxed).newValue >= 0
        if state.isDown { effect(&state, tag) }
      }
    }
    _ = bench.registry.takeLog()
    let outcomes = await bench.commitPass().plan.outcomes
    return (outcomes, bench.registry.takeLog(), bench.registry.tags)
  }

  private let rounds = ["HEAD r:b-latest", "DELETE r:b-latest"]

  @Test(arguments: 1...2) func aFaultThatPasses(faults: Int) async throws {
    let (outcomes, log, tags) = try await deletion(faults: faults)
    #expect(outcomes == .init(delete: 1, inSync: 1))
    #expect(log == Array(repeating: rounds, count: faults + 1).flatMap(\.self))
    #expect(tags == ["r:a-latest": 1])
  }

  @Test func aFaultThatStaysFailsAfterThreeTries() async throws {
    let (outcomes, log, tags) = try await deletion(faults: .max)
    #expect(outcomes == .init(failed: 1, inSync: 1))
    #expect(log == rounds + rounds + rounds)
    #expect(tags == ["r:a-latest": 1, "r:b-latest": 2])
  }

  @Test func aLostAnswerIsFoundDone() async throws {
    let (outcomes, log, tags) = try await deletion(faults: 1) { $0.tags[$1] = nil }
    #expect(outcomes == .init(delete: 1, inSync: 1))
    #expect(log == rounds + ["HEAD r:b-latest"])
    #expect(tags == ["r:a-latest": 1])
  }

  @Test func whatSomebodyPutThereMeanwhileIsLeft() async throws {
    let (outcomes, log, tags) = try await deletion(faults: 1) { $0.tags[$1] = digest(44) }
    #expect(outcomes == .init(held: 1, inSync: 1))
    #expect(log == rounds + ["HEAD r:b-latest"])
    #expect(tags == ["r:a-latest": 1, "r:b-latest": 44])
  }
}
