import Model
import Reconciler
import Synchronization
import TestSupport
import Testing

/// Digests from 51 on are not in the model registry.
@Suite(.timeLimit(.minutes(10))) struct CopyTests {
  private func bench(_ places: [UInt8: String]) throws -> (bench: Bench, sources: ModelSources) {
    let sources = ModelSources(places)
    return (try Bench(sources: sources), sources)
  }

  @Test func copiesWhatTheRegistryLacksBehindAllElse() async throws {
    let (bench, sources) = try bench([60: "registry.example/staging", 61: "ghcr.io/r"])
    try bench.registry.push(9, to: "r:b-latest")
    try bench.registry.push(9, to: "r:c-latest")
    try bench.branches.commit(["r/a": 60, "r/b": 61, "r/c": 3])
    let report = await bench.sweep()
    #expect(bench.registry.tags == ["r:a-latest": 60, "r:b-latest": 61, "r:c-latest": 3])
    #expect(report.plan.changes.map(\.copiedFrom) == ["registry.example/staging", "ghcr.io/r", nil])
    #expect(report.plan.changes.allSatisfy { $0.outcome == .applied })
    #expect(report.isLive)
    #expect(sources.takeCopied().sorted() == [60, 61])
    let puts = bench.registry.takeLog().filter { $0.hasPrefix("PUT") }
    #expect(puts.firstIndex(of: "PUT r:c-latest 3")! < puts.lastIndex(of: "PUT r:a-latest 60")!)
    let copied = bench.events.taken().compactMap { event in
      if case .copied(_, let copied) = event { copied } else { nil }
    }
    #expect(Set(copied.map(\.source)) == ["registry.example/staging", "ghcr.io/r"])
    #expect(Set(copied.map(\.bytes)) == [60, 61])
    #expect(bench.storage.text.contains(#""copiedFrom":"ghcr.io/r","reason":null,"outcome":"applied""#))
    let (record, _) = try JournalRecord.read(bench.storage.bytes)
    #expect(record.channels["latest"]?.converged == (try commit(1)))
    // What is there is not copied again.
    await bench.sweep()
    #expect(sources.takeCopied() == [])
  }

  @Test func blocksWhatNoSourceHas() async throws {
    let (bench, sources) = try bench([:])
    try bench.branches.commit(["r/a": 60, "r/b": 2])
    let report = await bench.sweep()
    #expect(bench.registry.tags == ["r:b-latest": 2])
    #expect(report.plan.changes.map(\.action) == [.blocked, .create])
    #expect(report.plan.changes[0].reason == "in no source")
    sources.adjust { $0.places[60] = "staging" }
    bench.time.advance(by: .seconds(400))
    await bench.commitPass()
    #expect(bench.registry.tags == ["r:a-latest": 60, "r:b-latest": 2])
  }

  @Test func aSourceThatFailsIsNoFaultOfTheRegistry() async throws {
    let (bench, sources) = try bench([:])
    var state: [DesiredState.Entry] = []
    for number in UInt8(60)..<80 {
      state.append(try .init(key: key("r/i\(number)"), digest: digest(number)))
      sources.adjust { $0.failures[number] = WriteFailure(.transient, "ghcr.io: 503") }
    }
    sources.adjust { ($0.places[79], $0.failures[79]) = ("staging", nil) }
    try bench.branches.commit(.state(try DesiredState(state)))
    let report = await bench.sweep()
    #expect(bench.registry.tags == ["r:i79-latest": 79])
    #expect(report.plan.outcomes.failed == 19)
    #expect(report.plan.changes[0].reason == "ghcr.io: 503")
    // Each waits for itself.
    sources.adjust { sources in
      for number in UInt8(60)..<79 { (sources.places[number], sources.failures[number]) = ("staging", nil) }
    }
    bench.time.advance(by: .seconds(400))
    await bench.commitPass()
    #expect(bench.registry.tags.count == 20)
  }

  @Test func copiesAFewImagesAtOnce() async throws {
    let sources = ModelSources(
      Dictionary(uniqueKeysWithValues: (UInt8(60)..<80).map { ($0, "staging") }))
    let bench = try Bench(sources: sources)
    sources.adjust { $0.onCopy = { _ in await Task.yield() } }
    var state: [DesiredState.Entry] = []
    for number in UInt8(60)..<80 {
      state.append(try .init(key: key("r/i\(number)"), digest: digest(number)))
    }
    try bench.branches.commit(.state(try DesiredState(state)))
    await bench.sweep()
    #expect(sources.state.withLock(\.mostAtOnce) <= 4)
    #expect(bench.registry.tags.count == 20)
  }

  /// An `apply` waits for its copies, and not with one tag for another's.
  @Test func eachTagIsPutAsItsCopyEnds() async throws {
    let (bench, sources) = try bench([60: "staging", 61: "staging"])
    sources.adjust {
      $0.onCopy = { [registry = bench.registry] number in
        while number == 60, registry.tags["r:b-latest"] != 61, !Task.isCancelled { await Task.yield() }
      }
    }
    try bench.branches.commit(["r/a": 60, "r/b": 61])
    let report = await bench.sweep()
    #expect(bench.registry.tags == ["r:a-latest": 60, "r:b-latest": 61])
    #expect(report.isLive)
  }

  @Test func anInterruptedCopyIsNotBegun() async throws {
    let (bench, sources) = try bench([60: "staging"])
    try bench.branches.commit(["r/a": 60, "r/b": 2])
    sources.adjust { state in
      state.onCopy = { [interrupt = bench.interrupt] _ in
        interrupt.raise()
        while !Task.isCancelled { await Task.yield() }
      }
    }
    let report = await bench.sweep()
    #expect(report.plan.changes.map(\.outcome) == [nil, .applied])
    #expect(report.plan.outcomes.notBegun == 1)
    #expect(bench.registry.tags == ["r:b-latest": 2])
    bench.interrupt.clear()
    sources.adjust { $0.onCopy = nil }
    await bench.commitPass()
    #expect(bench.registry.tags == ["r:a-latest": 60, "r:b-latest": 2])
  }

  /// Once the tag was written, whatever came after, the branch's next word counts against what stands there.
  @Test func aTagThatWasPutBehindACopyIsKnownToHaveMoved() async throws {
    let (bench, sources) = try bench([60: "staging"])
    try bench.registry.push(5, to: "r:a-latest")
    try bench.branches.commit(["r/a": 5])
    await bench.sweep()
    bench.interrupt { $0 == "PUT r:a-latest 60" && sources.state.withLock { !$0.copied.isEmpty } }
    bench.registry.adjust { $0.losesAnswersOfCancelled = true }
    try bench.branches.commit(["r/a": 60])
    await bench.commitPass()
    bench.resume()
    #expect(bench.registry.tags == ["r:a-latest": 60])
    try bench.branches.commit(["r/a": 5])
    let report = await bench.commitPass()
    #expect(bench.registry.tags == ["r:a-latest": 5])
    #expect(report.isLive)
  }

  /// Whatever a source asks for, it is asked for by that source: the registry takes the other images.
  @Test func sourcesThatThrottleEndNothing() async throws {
    let (bench, sources) = try bench([:])
    var state: [DesiredState.Entry] = []
    for number in UInt8(60)..<80 {
      state.append(try .init(key: key("r/i\(number)"), digest: digest(number)))
      sources.adjust { $0.failures[number] = WriteFailure(.throttled, "ghcr.io: 429") }
    }
    sources.adjust { ($0.places[79], $0.failures[79]) = ("staging", nil) }
    try bench.branches.commit(.state(try DesiredState(state)))
    let report = await bench.sweep()
    #expect(bench.registry.tags == ["r:i79-latest": 79])
    #expect(report.plan.outcomes.failed == 19)
  }

  @Test func anUnfinishedCopyGoesOnThoughTheDigestIsThere() async throws {
    let (bench, sources) = try bench([:])
    sources.adjust { $0.failures[60] = WriteFailure(.transient, "its signatures can't be copied") }
    try bench.branches.commit(["r/a": 60])
    await bench.sweep()
    // The image itself came; what is signed with it did not.
    bench.registry.adjust { $0.manifests.insert(digest(60)) }
    bench.time.advance(by: .seconds(400))
    await bench.commitPass()
    #expect(bench.registry.tags == [:])
    sources.adjust { ($0.places[60], $0.failures[60]) = ("staging", nil) }
    bench.time.advance(by: .seconds(400))
    await bench.commitPass()
    #expect(bench.registry.tags == ["r:a-latest": 60])
    #expect(sources.takeCopied() == [60])
  }

  /// Whoever pushes the image by hand, as the message says, must not wait for a source that can't be read.
  @Test func whatIsPushedWhileItsSourceCannotBeReadIsPut() async throws {
    let (bench, sources) = try bench([:])
    sources.adjust { ($0.failures[60], $0.unreadable) = (WriteFailure(.transient, "ghcr.io: 503"), [60]) }
    try bench.branches.commit(["r/a": 60])
    #expect(await bench.sweep().plan.outcomes.failed == 1)
    bench.registry.adjust { $0.manifests.insert(digest(60)) }
    bench.time.advance(by: .seconds(400))
    await bench.commitPass()
    #expect(bench.registry.tags == ["r:a-latest": 60])
  }

  @Test func whatWasCutOffAndNoSourceHasAnyMoreIsPutOnceItIsPushed() async throws {
    let (bench, sources) = try bench([:])
    sources.adjust { $0.failures[60] = WriteFailure(.transient, "ghcr.io: 503") }
    try bench.branches.commit(["r/a": 60])
    await bench.sweep()
    bench.registry.adjust { $0.manifests.insert(digest(60)) }
    sources.adjust { $0.failures = [:] }
    bench.time.advance(by: .seconds(400))
    #expect(await bench.commitPass().plan.changes.map(\.reason) == ["in no source"])
    bench.time.advance(by: .seconds(400))
    await bench.commitPass()
    #expect(bench.registry.tags == ["r:a-latest": 60])
  }

  @Test func bringsWhatAManifestLacks() async throws {
    let (bench, sources) = try bench([5: "staging"])
    let tag = try reference("r:a-latest")
    bench.registry.adjust { state in
      state.putFailures[tag] = WriteFailure(.incomplete, "blobs or children are missing")
      state.onRequest = { request, state in
        // The second put comes behind the copy.
        if state.log.contains(request) { state.putFailures = [:] }
      }
    }
    try bench.branches.commit(["r/a": 5])
    await bench.sweep()
    #expect(bench.registry.tags == ["r:a-latest": 5])
    #expect(sources.takeCopied() == [5])
  }

  @Test func aPlanTellsWhereItWouldCopyFrom() async throws {
    let (bench, sources) = try bench([60: "registry.example/staging"])
    sources.adjust { $0.failures[61] = WriteFailure(.transient, "ghcr.io: 503") }
    try bench.branches.commit(["r/a": 60, "r/b": 61, "r/c": 62, "r/d": 3])
    let pass = PlanPass(
      bench.channel.settings, source: bench.branches, registry: bench.registry, finder: sources,
      acceptances: bench.acceptances, suspensions: bench.suspensions, time: bench.time)
    let plan = await pass.report(after: JournalRecord(), beside: []).plan
    #expect(plan.changes.map(\.action) == [.create, .blocked, .blocked, .create])
    #expect(plan.changes.map(\.copiedFrom) == ["registry.example/staging", nil, nil, nil])
    #expect(
      plan.changes.map(\.reason) == [nil, "ghcr.io: 503", "not in staging, ghcr.io/{repository}", nil])
    #expect(bench.registry.takeLog().allSatisfy { $0.hasPrefix("HEAD") })
    #expect(sources.takeCopied() == [])
  }
}
