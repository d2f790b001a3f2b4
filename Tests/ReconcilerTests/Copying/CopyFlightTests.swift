import Model
import Synchronization
import TestSupport
import Testing

@testable import Reconciler

/// Copies beside a daemon's passes. Digests from 51 on are not in the model registry.
@Suite(.timeLimit(.minutes(10))) struct CopyFlightTests {
  private let sources: ModelSources
  private let held: HeldCopies
  private let bench: Bench
  private let channel: ChannelReconciler

  init() throws {
    sources = ModelSources([60: "staging", 61: "ghcr.io/r", 62: "staging", 63: "staging", 64: "staging"])
    held = HeldCopies(sources)
    bench = try Bench(sources: sources)
    channel = bench.daemonChannel()
  }

  private func pass(_ kind: ChannelReconciler.PassKind = .commit) async -> PassReport {
    await channel.pass(kind, beside: [])
  }

  /// Returns once a copy has ended of which no pass has heard.
  private func landing() async { await channel.flights?.landing() }

  private func until(_ condition: (ModelSources.State) -> Bool) async throws {
    while !sources.state.withLock({ condition($0) }) {
      try Task.checkCancellation()
      await Task.yield()
    }
  }

  /// The pass that hears of a copy that failed for a while.
  private func passOfAFailedCopy() async throws -> PassReport {
    sources.adjust { $0.failures[60] = WriteFailure(.transient, "ghcr.io: 503") }
    try bench.branches.commit(["r/a": 60])
    _ = await pass(.sweep)
    held.release(60)
    await landing()
    return await pass()
  }

  /// What sources were asked for, since the last call.
  private func takeBegun() -> [UInt8] {
    sources.state.withLock { state in
      defer { state.begun = [] }
      return state.begun
    }
  }

  @Test func aPassGoesOnAndALaterOnePutsTheTag() async throws {
    try bench.branches.commit(["r/a": 60, "r/b": 2])
    let report = await pass(.sweep)
    #expect(bench.registry.tags == ["r:b-latest": 2])
    let change = report.plan.changes[0]
    #expect(change.isBeingCopied)
    #expect(change.reason == "being copied from staging or ghcr.io/{repository}")
    #expect(change.outcome == nil)
    #expect(report.plan.outcomes.copying == 1)
    #expect(report.plan.outcomes.notBegun == 0)
    #expect(!report.plan.outcomes.needsAttention)
    #expect(!report.isLive)
    #expect(!report.needsAttention)
    #expect(await bench.journal.record.channels["latest"]?.converged == nil)
    held.release(60)
    await landing()
    #expect(bench.registry.tags == ["r:b-latest": 2])
    let next = await pass()
    #expect(bench.registry.tags == ["r:a-latest": 60, "r:b-latest": 2])
    #expect(next.plan.changes.map(\.copiedFrom) == ["staging"])
    #expect(next.plan.changes.map(\.reason) == [nil])
    #expect(next.isLive)
    #expect(await bench.journal.record.channels["latest"]?.converged == (try commit(1)))
  }

  @Test func laterPassesJoinTheCopyUnderWay() async throws {
    try bench.branches.commit(["r/a": 60])
    _ = await pass(.sweep)
    await held.wait(for: 60)
    // What belongs to the image is not all there yet.
    bench.registry.adjust { $0.manifests.insert(digest(60)) }
    for kind in [ChannelReconciler.PassKind.sweep, .commit, .sweep] {
      let report = await pass(kind)
      #expect(report.plan.outcomes.copying == 1)
    }
    #expect(takeBegun() == [60])
    #expect(bench.registry.tags == [:])
    #expect(channel.nextRetry == nil)
  }

  @Test func aNewCommitCancelsWhatNobodyWantsAndNothingElse() async throws {
    try bench.branches.commit(["r/a": 60, "r/b": 61])
    _ = await pass(.sweep)
    await held.wait(for: 60, 61)
    try bench.branches.commit(["r/a": 60, "r/b": 5])
    bench.interrupt.raise()
    bench.interrupt.clear()
    let report = await pass()
    #expect(bench.registry.tags == ["r:b-latest": 5])
    #expect(report.plan.outcomes.copying == 1)
    held.release(60)
    try await until { $0.cancelled == [61] }
    await landing()
    _ = await pass()
    #expect(bench.registry.tags == ["r:a-latest": 60, "r:b-latest": 5])
  }

  @Test(arguments: [true, false]) func aSuspensionCancelsCopiesAndItsEndBeginsThemAnew(isKnown: Bool)
    async throws
  {
    try bench.branches.commit(["r/a": 60])
    _ = await pass(.sweep)
    await held.wait(for: 60)
    let suspension = Suspension(
      channel: nil, image: nil, reason: "an incident", author: "ada", since: Timestamp(milliseconds: 0),
      until: nil)
    bench.suspensions.answer(isKnown ? .known([suspension]) : .unknown("the disk is gone"))
    _ = await pass()
    try await until { $0.cancelled == [60] }
    _ = await pass()
    #expect(takeBegun() == [60])
    bench.suspensions.answer(.known([]))
    #expect(await pass().plan.outcomes.copying == 1)
    held.release(60)
    await landing()
    _ = await pass()
    #expect(bench.registry.tags == ["r:a-latest": 60])
  }

  @Test func whatIsDeclaredWhenTheCopyEndsIsPut() async throws {
    try bench.branches.commit(["r/a": 60])
    _ = await pass(.sweep)
    held.release(60)
    await landing()
    _ = bench.registry.takeLog()
    try bench.branches.commit(["r/a": 7])
    _ = await pass()
    #expect(bench.registry.tags == ["r:a-latest": 7])
    #expect(bench.registry.takeLog() == ["PUT r:a-latest 7"])
  }

  @Test func aCopyThatWasCutOffIsMadeBeforeItsTagIsPut() async throws {
    try bench.branches.commit(["r/a": 60])
    _ = await pass(.sweep)
    await held.wait(for: 60)
    bench.registry.adjust { $0.manifests.insert(digest(60)) }
    try bench.branches.commit(["r/a": 5])
    _ = await pass()
    try await until { $0.cancelled == [60] }
    try bench.branches.commit(["r/a": 60])
    let report = await pass()
    #expect(report.plan.outcomes.copying == 1)
    #expect(bench.registry.tags == ["r:a-latest": 5])
    held.release(60)
    await landing()
    _ = await pass()
    #expect(bench.registry.tags == ["r:a-latest": 60])
  }

  @Test func aFailureBacksOffAndTheNextAttemptWaitsForItself() async throws {
    let failed = try await passOfAFailedCopy()
    #expect(failed.plan.changes.first { $0.outcome == .failed }?.reason == "ghcr.io: 503")
    let retry = try #require(channel.nextRetry)
    #expect(retry > bench.time.monotonic())
    #expect(takeBegun() == [60])
    _ = await pass()
    #expect(takeBegun() == [])
    bench.time.advance(by: .seconds(400))
    let again = await pass()
    #expect(again.plan.outcomes.copying == 1)
    // Its time has come, and nothing but the copy's end brings it on.
    #expect(channel.nextRetry == nil)
    held.release(60)
    await landing()
    _ = await pass()
    let told = bench.events.taken().filter { event in
      if case .change(_, _, let change) = event { change.outcome == .failed } else { false }
    }
    #expect(told.count == 1)
  }

  @Test func fourAtOnceAndTheOthersInOrder() async throws {
    sources.adjust { $0.places[65] = "staging" }
    try bench.branches.commit(["r/a": 60, "r/b": 61, "r/c": 62, "r/d": 63, "r/e": 64, "r/f": 65])
    let report = await pass(.sweep)
    #expect(report.plan.outcomes.copying == 6)
    await held.wait(for: 60, 61, 62, 63)
    #expect(takeBegun().sorted() == [60, 61, 62, 63])
    // The fifth is wanted no longer: it is not begun.
    try bench.branches.commit(["r/a": 60, "r/b": 61, "r/c": 62, "r/d": 63, "r/e": 3, "r/f": 65])
    _ = await pass()
    held.release(62)
    await held.wait(for: 65)
    #expect(takeBegun() == [65])
    #expect(sources.state.withLock(\.mostAtOnce) == 4)
  }

  @Test func twoChannelsThatWantOneImage() async throws {
    let other = bench.daemonChannel(
      ChannelSettings(
        name: "nightly", branch: "production", template: try TagTemplate("{image}-nightly"),
        sources: [try CopySource("staging")]))
    try bench.branches.commit(["r/a": 60])
    _ = await pass(.sweep)
    await held.wait(for: 60)
    bench.registry.adjust { $0.manifests.insert(digest(60)) }
    let report = await other.pass(.sweep, beside: [])
    #expect(report.plan.outcomes.copying == 1)
    #expect(bench.registry.tags == [:])
    held.release(60)
    await landing()
    held.release(60)
    await other.flights?.landing()
    _ = await pass()
    _ = await other.pass(.commit, beside: [])
    #expect(bench.registry.tags == ["r:a-latest": 60, "r:a-nightly": 60])
  }

  private func keeping() throws -> ChannelReconciler {
    bench.daemonChannel(
      ChannelSettings(
        name: "latest", branch: "production", template: try TagTemplate("{image}-latest"),
        keep: try KeepTemplate("{image}-{date}-{commit}"), sources: bench.channel.settings.sources))
  }

  @Test func aKeepTagThatWaitsForItsCopyIsNotAskedAbout() async throws {
    let channel = try keeping()
    try bench.branches.commit(["r/a": 60])
    _ = await channel.pass(.sweep, beside: [])
    await held.wait(for: 60)
    _ = bench.registry.takeLog()
    for _ in 0..<3 {
      #expect(await channel.pass(.commit, beside: []).plan.outcomes.copying == 1)
    }
    #expect(bench.registry.takeLog() == [])
    held.release(60)
    await channel.flights?.landing()
    let report = await channel.pass(.commit, beside: [])
    #expect(report.isLive)
    let keep = "r:a-1970-01-02-000000000000"
    #expect(bench.registry.takeLog() == ["HEAD \(keep)", "PUT \(keep) 60", "PUT r:a-latest 60"])
  }

  /// A generation that could not be copied whole, and was reverted: nobody misses its keep tag.
  @Test func nothingIsCopiedForAPastGeneration() async throws {
    let channel = try keeping()
    sources.adjust { $0.failures[60] = WriteFailure(.incomplete, "a blob is missing") }
    try bench.branches.commit(["r/a": 2])
    _ = await channel.pass(.sweep, beside: [])
    while await channel.pass(.sweep, beside: []).historyGap == nil, bench.registry.tags.count < 2 {
      await Task.yield()
    }
    try bench.branches.commit(["r/a": 60])
    _ = await channel.pass(.commit, beside: [])
    await held.wait(for: 60)
    held.release(60)
    await channel.flights?.landing()
    #expect(await channel.pass(.commit, beside: []).needsAttention)
    #expect(takeBegun() == [60])
    try bench.branches.commit(["r/a": 2])
    for kind in [ChannelReconciler.PassKind.commit, .sweep, .sweep] {
      let report = await channel.pass(kind, beside: [])
      #expect(!report.needsAttention && report.plan.outcomes.copying == 0, "\(report.plan.changes)")
    }
    #expect(takeBegun() == [])
  }

  /// What was never sent can't be found done: who pushed the tag is somebody else.
  @Test func aCopyThatFailedIsNoWriteThatMayHaveBeenMade() async throws {
    #expect(try await passOfAFailedCopy().plan.outcomes.failed == 1)
    bench.registry.adjust { $0.manifests.insert(digest(60)) }
    try bench.registry.push(60, to: "r:a-latest")
    bench.time.advance(by: .seconds(400))
    #expect(await pass(.sweep).isLive)
    #expect(!bench.storage.text.contains("found done"))
  }

  /// Where the image came from is told of the put that it was copied for.
  @Test func whatWasCopiedOnceIsThereWhenItIsWantedAgain() async throws {
    try bench.branches.commit(["r/a": 60])
    _ = await pass(.sweep)
    held.release(60)
    await landing()
    #expect(await pass().plan.changes.map(\.copiedFrom) == ["staging"])
    for number: UInt8 in [5, 60] {
      try bench.branches.commit(["r/a": number])
      let report = await pass()
      #expect(report.plan.changes.map(\.copiedFrom) == [nil])
      #expect(report.isLive)
    }
    #expect(takeBegun() == [60])
  }

  @Test func whatNoSourceHasIsPutOnceItIsPushed() async throws {
    sources.adjust { $0.places = [:] }
    try bench.branches.commit(["r/a": 60])
    _ = await pass(.sweep)
    held.release(60)
    await landing()
    let report = await pass()
    #expect(report.plan.changes.map(\.action) == [.blocked])
    bench.registry.adjust { $0.manifests.insert(digest(60)) }
    bench.time.advance(by: .seconds(400))
    _ = await pass()
    #expect(bench.registry.tags == ["r:a-latest": 60])
    #expect(takeBegun() == [60])
  }

  @Test func whatWasCopiedAndIsNotThereIsBlocked() async throws {
    let tag = try reference("r:a-latest")
    bench.registry.adjust { $0.putFailures[tag] = WriteFailure(.missing, "it is not here") }
    try bench.branches.commit(["r/a": 60])
    _ = await pass(.sweep)
    held.release(60)
    await landing()
    let report = await pass()
    #expect(report.plan.changes.map(\.reason) == ["it is not here"])
    #expect(takeBegun() == [60])
    bench.time.advance(by: .seconds(400))
    #expect(await pass().plan.outcomes.copying == 1)
  }

  /// Whatever ends while everything ends is no failure of its own.
  @Test func aFailureIsNotHeardOnceThePassHasToMakeWay() async throws {
    sources.adjust { $0.failures[60] = WriteFailure(.transient, "the client is shut down") }
    try bench.branches.commit(["r/a": 60])
    _ = await pass(.sweep)
    bench.registry.adjust {
      $0.onRequest = { [held, interrupt = bench.interrupt] request, _ in
        guard request == "HEAD r:a-latest" else { return }
        interrupt.raise()
        held.release(60)
      }
    }
    _ = await pass(.sweep)
    await landing()
    let standings = channel.flights?.standings(unless: bench.interrupt)
    #expect(standings.map { Array($0.values) } == [.awaited])
    bench.resume()
    #expect(await pass().plan.outcomes.failed == 1)
  }

  @Test func aCopyThatBeginsIsToldOnce() async throws {
    sources.adjust { $0.failures[60] = WriteFailure(.transient, "ghcr.io: 503") }
    try bench.branches.commit(["r/a": 60])
    _ = await pass(.sweep)
    #expect(passesTold() == [1])
    _ = await pass(.sweep)
    #expect(passesTold() == [])
    held.release(60)
    await landing()
    #expect(await pass().plan.outcomes.failed == 1)
    bench.time.advance(by: .seconds(600))
    #expect(await pass().plan.outcomes.copying == 1)
    #expect(passesTold() == [], "a copy that is tried again is none")
  }

  /// A tag that was told of may wait for another image by then.
  @Test func theCopyOfATagsNextImageIsToldToo() async throws {
    for (number, isPut) in [(60, true), (62, false), (63, false)] as [(UInt8, Bool)] {
      try bench.branches.commit(["r/a": number])
      _ = await pass()
      #expect(passesTold() == [1], "\(number)")
      _ = await pass()
      #expect(passesTold() == [], "\(number)")
      guard isPut else { continue }
      held.release(number)
      await landing()
      #expect(await pass().isLive)
      #expect(passesTold() == [0], "\(number)")
    }
  }

  /// How many images were being copied in each pass that was told of since the last call.
  private func passesTold() -> [Int] {
    bench.events.taken().compactMap {
      if case .pass(let report) = $0 { report.plan.outcomes.copying } else { nil }
    }
  }

  /// The end of a copy that was cancelled is not taken for that of the next one.
  @Test func whatIsWantedAgainWhileItsCancelledCopyEnds() async throws {
    let calls = Atomic(0)
    let isFirstOver = Atomic(false)
    let isSecondOver = Atomic(false)
    sources.adjust {
      $0.onCopy = { _ in
        let isFirst = calls.add(1, ordering: .relaxed).newValue == 1
        while !(isFirst ? isFirstOver.load(ordering: .acquiring) : isSecondOver.load(ordering: .acquiring)) {
          await Task.yield()
        }
      }
    }
    for (number, begun) in [(60, [60]), (5, [60]), (60, [60, 60])] as [(UInt8, [UInt8])] {
      try bench.branches.commit(["r/a": number])
      _ = await pass()
      try await until { $0.begun == begun }
    }
    isFirstOver.store(true, ordering: .releasing)
    try await until { $0.cancelled == [60] }
    #expect(await pass().plan.outcomes.copying == 1)
    isSecondOver.store(true, ordering: .releasing)
    await landing()
    #expect(await pass().isLive)
    #expect(bench.registry.tags == ["r:a-latest": 60])
  }

  @Test func aRegistryThatTakesNoCopyGetsNoTagEither() async throws {
    sources.adjust { $0.failures[60] = WriteFailure(.hostReadOnly, "read-only") }
    try bench.branches.commit(["r/a": 60])
    _ = await pass(.sweep)
    held.release(60)
    await landing()
    try bench.branches.commit(["r/a": 60, "r/b": 2])
    _ = await pass()
    #expect(bench.registry.tags == [:])
    bench.time.advance(by: .seconds(400))
    _ = await pass()
    #expect(bench.registry.tags == ["r:b-latest": 2])
  }

  @Test func aLongCopyIsToldOnceAndNeedsNoPassForIt() async throws {
    try bench.branches.commit(["r/a": 60, "r/b": 61])
    _ = await pass(.sweep)
    await held.wait(for: 60, 61)
    bench.time.advance(by: .seconds(59))
    held.release(61)
    await landing()
    bench.time.advance(by: .seconds(1))
    var told: [Event] = []
    while told.isEmpty {
      try Task.checkCancellation()
      await Task.yield()
      told = takeLongCopies()
    }
    bench.time.advance(by: .seconds(600))
    held.release(60)
    repeat { await landing() } while await !pass().isLive
    told += takeLongCopies()
    #expect(
      told == [
        .copying(
          channel: "latest", digest: digest(60), repository: try RepositoryName("r"), duration: .seconds(60))
      ])
  }

  private func takeLongCopies() -> [Event] {
    bench.events.taken().filter { if case .copying = $0 { true } else { false } }
  }
}
