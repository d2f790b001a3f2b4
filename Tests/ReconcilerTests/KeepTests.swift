import Model
import Reconciler
import TestSupport
import Testing

@Suite struct KeepTests {
  /// Commits are a day apart, from the second of January 1970 on, and ids all begin with zeros.
  private func tag(_ commit: Int) -> String { "r:a-1970-01-0\(commit + 1)-000000000000" }

  private func pair(_ template: String = "{image}-{date}-{commit}") throws -> ChannelPair {
    try ChannelPair(keep: template, createsFromStaging: false)
  }

  @Test func eachGenerationIsKeptBeforeTheTagMoves() async throws {
    let pair = try pair()
    try pair.branches.commit(["r/a": 1])
    let first = await pair.pass(.sweep)
    #expect(first.plan.changes.map(\.cause) == [.keep, .commit])
    #expect(first.isLive)
    #expect(pair.tags == [tag(1): 1, "r:a-latest": 1])
    _ = pair.registry.takeLog()
    try pair.branches.commit(["r/a": 2])
    await pair.pass()
    #expect(
      pair.registry.takeLog() == ["HEAD \(tag(2))", "PUT \(tag(2)) 2", "PUT r:a-latest 2"])
    try pair.branches.commit(["r/a": 1])
    await pair.pass()
    #expect(pair.tags == [tag(1): 1, tag(2): 2, tag(3): 1, "r:a-latest": 1])
    // A removal deletes the channel's tag, and no keep tag.
    try pair.branches.commit(["r/b": 1])
    await pair.pass()
    await pair.pass(.sweep)
    #expect(pair.tags[tag(3)] == 1)
    #expect(pair.tags["r:a-latest"] == nil)
  }

  @Test func itIsAskedAboutOncePerProcessAndThenDaily() async throws {
    let pair = try pair()
    try pair.branches.commit(["r/a": 1])
    try pair.branches.commit(["r/a": 2])
    await pair.pass(.sweep)
    #expect(pair.tags == [tag(1): 1, tag(2): 2, "r:a-latest": 2])
    func asked(_ kind: ChannelReconciler.PassKind) async -> [String] {
      _ = pair.registry.takeLog()
      await pair.pass(kind)
      return pair.registry.takeLog().filter { $0.contains("1970") }.sorted()
    }
    #expect(await asked(.sweep) == [])
    pair.time.advance(by: .seconds(86_399))
    #expect(await asked(.sweep) == [])
    pair.time.advance(by: .seconds(1))
    #expect(await asked(.sweep) == ["HEAD \(tag(1))", "HEAD \(tag(2))"])
    #expect(await asked(.sweep) == [])
    try pair.restart()
    #expect(await asked(.sweep) == ["HEAD \(tag(1))", "HEAD \(tag(2))"])
  }

  @Test func aDeletedOneIsMadeAgain() async throws {
    let pair = try pair()
    try pair.branches.commit(["r/a": 1])
    await pair.pass(.sweep)
    let gone = try reference(tag(1))
    pair.registry.adjust { $0.tags[gone] = nil }
    pair.time.advance(by: .seconds(86_400))
    #expect(await pair.pass(.sweep).plan.outcomes == .init(create: 1, inSync: 1))
    #expect(pair.tags[tag(1)] == 1)
  }

  @Test func aMovedOneIsHeldAndLeftAlone() async throws {
    let pair = try pair()
    try pair.registry.push(9, to: tag(1))
    try pair.branches.commit(["r/a": 1])
    let report = await pair.pass(.sweep)
    #expect(report.plan.summary == .init(create: 1, held: 1))
    #expect(report.isLive)
    #expect(pair.tags[tag(1)] == 9)
    #expect(await pair.pass(.sweep).plan.summary == .init(held: 1, inSync: 1))
    // The channel's own tag is live all the same.
    #expect(pair.storage.text.contains(#""converged":true"#))
  }

  @Test func aCollectedDigestBlocksThePresentGenerationAndIsNotMissedOfThePast() async throws {
    let pair = try pair()
    try pair.branches.commit(["r/a": 1])
    try pair.branches.commit(["r/a": 2])
    await pair.pass(.sweep)
    let (past, present) = (try reference(tag(1)), try reference(tag(2)))
    pair.registry.adjust { state in
      (state.tags[past], state.tags[present]) = (nil, nil)
      state.manifests = []
    }
    #expect(try await pair.plan().plan.changes.map(\.tag) == [present.tag])
    pair.time.advance(by: .seconds(86_400))
    let report = await pair.pass(.sweep)
    #expect(report.plan.changes.map(\.tag) == [present.tag])
    #expect(report.plan.changes.map(\.action) == [.blocked])
    #expect(report.isLive)
    // It backs off, is never written without a question, and the one that nobody misses waits a day.
    _ = pair.registry.takeLog()
    #expect(await pair.pass().plan.changes.map(\.action) == [.blocked])
    #expect(pair.registry.takeLog() == [])
    pair.time.advance(by: .seconds(300))
    pair.registry.adjust { $0.manifests = [digest(1), digest(2)] }
    #expect(await pair.pass().plan.outcomes == .init(create: 1, inSync: 1))
    #expect(pair.registry.takeLog() == ["HEAD \(tag(2))", "PUT \(tag(2)) 2"])
    pair.time.advance(by: .seconds(86_400))
    await pair.pass(.sweep)
    #expect(pair.tags[tag(1)] == 1)
  }

  @Test func whatCouldNotBeReadIsBlockedAndAskedAgain() async throws {
    let pair = try pair()
    let keep = try reference(tag(1))
    try pair.branches.commit(["r/a": 1, "r/b": 1])
    pair.registry.adjust { $0.faults[keep] = .unknown(.init("registry.example: 503")) }
    let report = await pair.pass(.sweep)
    #expect(report.plan.changes.first { $0.tag == keep.tag }?.action == .blocked)
    #expect(pair.tags[tag(1)] == nil)
    pair.registry.adjust { $0.faults = [:] }
    #expect(pair.latest.nextRetry != nil)
    pair.time.advance(by: .seconds(300))
    await pair.pass()
    #expect(pair.tags[tag(1)] == 1)
  }

  @Test func whatCannotBeReadAfterAFailedWriteIsAskedEverMoreRarely() async throws {
    let pair = try pair()
    let keep = try reference(tag(1))
    try pair.branches.commit(["r/a": 1])
    pair.registry.adjust { $0.putFailures[keep] = WriteFailure(.transient, "registry.example: reset") }
    await pair.pass(.sweep)
    pair.registry.adjust { $0.faults[keep] = .unknown(.init("registry.example: 500")) }
    for _ in 0..<3 {
      pair.time.advance(by: .seconds(400))
      _ = pair.registry.takeLog()
      await pair.pass()
      #expect(pair.registry.takeLog() == ["HEAD \(tag(1))"])
      #expect(try #require(pair.latest.nextRetry) > pair.time.monotonic())
    }
  }

  /// Time goes by within a pass: what waited when the pass asked is due when it writes.
  @Test func whatWasNotAskedAboutInAPassIsNotWrittenInIt() async throws {
    let pair = try pair()
    let (keep, other) = (try reference(tag(1)), "HEAD r:b-1970-01-02-000000000000")
    try pair.branches.commit(["r/a": 1, "r/b": 1])
    pair.registry.adjust { $0.putFailures[keep] = WriteFailure(.transient, "registry.example: reset") }
    await pair.pass(.sweep)
    pair.time.advance(by: .milliseconds(86_399_999))
    await pair.pass()
    pair.registry.adjust { state in
      state.putFailures = [:]
      state.onRequest = { [time = pair.time] request, _ in
        if request == other { time.advance(by: .seconds(400)) }
      }
    }
    pair.time.advance(by: .milliseconds(1))
    _ = pair.registry.takeLog()
    await pair.pass()
    #expect(pair.registry.takeLog() == [other])
    await pair.pass()
    #expect(pair.registry.takeLog() == ["HEAD \(tag(1))", "PUT \(tag(1)) 1"])
  }

  @Test func whereNoneIsAnsweredForThatIsSaid() async throws {
    let pair = try pair()
    let keep = try reference(tag(1))
    try pair.branches.commit(["r/a": 1])
    pair.registry.adjust { $0.faults[keep] = .unknown(.init("registry.example: 503")) }
    #expect(await pair.pass(.sweep).keepGap == "registry.example: 503")
    pair.registry.adjust { $0.faults = [:] }
    pair.time.advance(by: .seconds(300))
    #expect(await pair.pass().keepGap == nil)
  }

  @Test func anIncompleteHistoryMakesItWaitAndThatIsSaidOnce() async throws {
    let pair = try pair()
    pair.branches.adjust { $0.historyGap = "the clone is shallow" }
    try pair.branches.commit(["r/a": 1])
    for _ in 0..<2 { #expect(await pair.pass(.sweep).keepGap == "the clone is shallow") }
    #expect(pair.tags == ["r:a-latest": 1])
    let told = pair.events.taken().filter { if case .keepTagsHeld = $0 { true } else { false } }
    #expect(told == [.keepTagsHeld(channel: "latest", reason: "the clone is shallow")])
    pair.branches.adjust { $0.historyGap = nil }
    await pair.pass(.sweep)
    #expect(pair.tags[tag(1)] == 1)
  }

  @Test func aTagOfTheChannelItselfIsNeverAKeepTag() async throws {
    let pair = try ChannelPair(keep: "{image}{date}-{commit}-latest", createsFromStaging: false)
    try pair.branches.commit(["r/a": 1, "r/a1970-01-02-000000000000": 2])
    let report = await pair.pass(.sweep)
    #expect(
      report.keepGap
        == "r:a1970-01-02-000000000000-latest is a tag of the channel itself: change the template of keep")
    #expect(pair.tags["r:a1970-01-02-000000000000-latest"] == 2)
  }

  @Test func aTagOfAnotherChannelIsNeverAKeepTag() async throws {
    let pair = try pair("{image}-{date}-{commit}-staging")
    try pair.branches.commit(["r/a": 1])
    try pair.branches.commit(["r/a-1970-01-02-000000000000": 5], on: "main")
    await pair.staging.readState()
    let report = await pair.pass(.sweep)
    let held = report.plan.changes.filter { $0.cause == .keep }
    #expect(held.map(\.action) == [.held])
    #expect(held.first?.reason == "channel staging declares this tag: change the template of keep")
    #expect(pair.registry.tags == ["r:a-latest": 1])
  }

  @Test func aRevisionsGenerationsAreNotKept() async throws {
    let pair = try pair()
    try pair.branches.commit(["r/a": 1])
    await pair.pass(.sweep)
    let revision = try pair.branches.commit(["r/a": 2], on: "proposal")
    #expect(try await pair.plan(at: revision).plan.changes.map(\.tag.description) == ["a-latest"])
    await pair.pass(.sweep, at: revision)
    #expect(pair.tags == [tag(1): 1, "r:a-latest": 2])
  }

  @Test func aCreatedImageIsKeptByTheSourcesCommit() async throws {
    let pair = try ChannelPair(keep: "{image}-{date}-{commit}")
    try pair.branches.commit(["r/a": 2], on: "main")
    try pair.branches.commit(["r/b": 1])
    await pair.settle()
    #expect(pair.tags == [tag(1): 2, "r:a-latest": 2, "r:b-1970-01-03-000000000000": 1, "r:b-latest": 1])
  }
}
