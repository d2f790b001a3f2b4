import Model
import Reconciler
import TestSupport
import Testing

/// Faults at random: nothing spins, nothing is lost, and in the end every tag is right.
@Suite struct FaultTests {
  @Test(arguments: 0..<60 as Range<UInt64>)
  func noFaultMakesALoopOrAWrongTag(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let bench = try Bench()
    bench.registry.adjust { $0.deletion = seed % 2 == 0 ? .native : .byManifest }
    let tags = try (0..<12).map { try reference("r:i\($0)-latest") }
    var state = DesiredState.empty
    for _ in 0..<25 {
      if Int.random(in: 0..<3, using: &random) == 0 {
        state = try DesiredState(
          (0..<12).filter { $0 == 0 || Int.random(in: 0..<4, using: &random) > 0 }.map {
            try .init(key: key("r/i\($0)"), digest: digest(.random(in: 0...5, using: &random)))
          })
        try bench.branches.commit(.state(state), allowsPrune: true)
      }
      let choices = tags.map { ($0, Int.random(in: 0..<8, using: &random)) }
      let isDown = Int.random(in: 0..<10, using: &random) == 0
      let failsDeletes = Int.random(in: 0..<4, using: &random) == 0
      bench.registry.adjust { model in
        (model.faults, model.putFailures) = ([:], [:])
        for (tag, choice) in choices {
          if choice == 0 { model.faults[tag] = .unknown(.init(isServerError: true, "503")) }
          if choice == 1 { model.putFailures[tag] = WriteFailure(.transient, "503") }
          if choice == 2 { model.putFailures[tag] = WriteFailure(.refused, "403") }
        }
        model.isDown = isDown
        model.deleteManifestFailure = failsDeletes ? WriteFailure(.transient, "500") : nil
      }
      try? await bench.deleter.recover(telling: bench.events)
      let report = await Bool.random(using: &random) ? bench.sweep() : bench.commitPass()
      let now = bench.time.monotonic()
      if report.error == nil, let retry = bench.channel.nextRetry {  // a held pass waits for the poll
        #expect(retry > now, "seed \(seed): a retry that is due already, after \(report.plan.summary)")
      }
      bench.time.advance(by: .seconds(Int.random(in: 0...200, using: &random)))
    }
    bench.registry.adjust { model in
      (model.faults, model.putFailures) = ([:], [:])
      (model.isDown, model.deleteManifestFailure) = (false, nil)
    }
    for _ in 0..<4 {
      bench.time.advance(by: .seconds(301))
      try await bench.deleter.recover(telling: bench.events)
      await bench.sweep()
    }
    let expected = state.entries.map { ("r:\($0.key.image)-latest", number(of: $0.digest)) }
    #expect(bench.registry.tags == Dictionary(uniqueKeysWithValues: expected), "seed \(seed)")
    #expect(bench.channel.nextRetry == nil, "seed \(seed)")
    #expect(await bench.journal.record.unfinishedBatches.isEmpty, "seed \(seed)")
  }
}
