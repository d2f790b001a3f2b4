import Model
import Reconciler
import TestSupport
import Testing

@Suite struct PassTests {
  @Test func createsMovesDeletesAndIsQuietAfter() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 2, "r/c": 3])
    try bench.registry.push(9, to: "r:b-latest")
    let first = await bench.sweep()
    #expect(first.plan.summary == .init(create: 2, move: 1))
    #expect(bench.registry.tags == ["r:a-latest": 1, "r:b-latest": 2, "r:c-latest": 3])

    try bench.branches.commit(["r/a": 4, "r/b": 2])
    let second = await bench.commitPass()
    #expect(second.plan.summary == .init(move: 1, delete: 1, inSync: 1))
    #expect(bench.registry.tags == ["r:a-latest": 4, "r:b-latest": 2])

    _ = bench.events.taken()
    let journal = bench.storage.text
    let third = await bench.sweep()
    #expect(third.plan.summary == .init(inSync: 2))
    #expect(bench.events.taken() == [.unchanged(third)])
    #expect(bench.storage.text == journal)
  }

  @Test func aCommitPassAsksOnlyForWhatChanged() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 2])
    await bench.sweep()
    _ = bench.registry.takeLog()
    try bench.branches.commit(["r/a": 3, "r/b": 2, "r/c": 4])
    await bench.commitPass()
    #expect(bench.registry.takeLog() == ["PUT r:c-latest 4", "PUT r:a-latest 3"])
  }

  @Test func aChangedTagThatCouldNotBeReadIsWrittenUnseen() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 2])
    let tag = try reference("r:a-latest")
    bench.registry.adjust { $0.faults[tag] = .unknown(.init("registry.example: 503")) }
    #expect(await bench.sweep().plan.summary == .init(create: 1, blocked: 1))
    try bench.branches.commit(["r/a": 3, "r/b": 2])
    #expect(await bench.commitPass().plan.summary == .init(create: 1, inSync: 1))
    #expect(bench.registry.tags["r:a-latest"] == 3)
  }

  @Test func aNewCommitMakesEverythingUnfinishedDueAtOnce() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 1, "r/z": 1])
    await bench.sweep()
    let tag = try reference("r:a-latest")
    bench.registry.adjust {
      $0.putFailures[tag] = WriteFailure(.transient, "503")
      $0.faults[tag] = .unknown(.init(isServerError: true, "503"))
    }
    try bench.branches.commit(["r/a": 2, "r/b": 1, "r/z": 1])
    await bench.commitPass()
    #expect(await bench.commitPass().plan.summary == .init(blocked: 1, inSync: 2))
    bench.registry.adjust { ($0.putFailures, $0.faults) = ([:], [:]) }
    try bench.branches.commit(["r/a": 2, "r/b": 2, "r/z": 1])
    #expect(await bench.commitPass().plan.outcomes == .init(move: 2, inSync: 1))
    #expect(bench.registry.tags == ["r:a-latest": 2, "r:b-latest": 2, "r:z-latest": 1])
  }

  @Test func aWriteWhoseAnswerWasLostIsNotTakenForUndone() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1])
    await bench.sweep()
    let tag = try reference("r:a-latest")
    try bench.branches.commit(["r/a": 2])
    bench.registry.adjust { state in
      state.putFailures[tag] = WriteFailure(.transient, "timed out; it may have taken effect all the same")
      state.onRequest = { request, state in if request.hasPrefix("PUT") { state.tags[tag] = digest(2) } }
    }
    #expect(await bench.commitPass().plan.outcomes == .init(failed: 1))
    bench.registry.adjust { state in
      state.putFailures = [:]
      state.onRequest = nil
    }
    #expect(await bench.commitPass().plan.summary == .init(inSync: 1))
    #expect(bench.channel.nextRetry == nil)
    try bench.branches.commit(["r/a": 1])
    let report = await bench.commitPass()
    #expect(report.isLive)
    #expect(bench.registry.tags == ["r:a-latest": 1])
  }

  @Test func aDeletionWhoseAnswerWasLostIsNotTakenForUndone() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 2])
    await bench.sweep()
    try bench.branches.commit(["r/a": 1])
    let tag = try reference("r:b-latest")
    bench.registry.adjust { state in
      state.onRequest = { request, state in
        guard request == "DELETE r:b-latest" else { return }
        state.tags[tag] = nil
        state.isDown = true
      }
    }
    #expect(await bench.commitPass().plan.outcomes == .init(failed: 1, inSync: 1))
    bench.registry.adjust { state in
      state.isDown = false
      state.onRequest = nil
    }
    bench.time.advance(by: .seconds(300))
    #expect(await bench.commitPass().plan.summary == .init(inSync: 1))
    #expect(bench.channel.nextRetry == nil)
    try bench.branches.commit(["r/a": 1, "r/b": 2])
    #expect(await bench.commitPass().isLive)
    #expect(bench.registry.tags == ["r:a-latest": 1, "r:b-latest": 2])
  }

  /// Each of the three is carried out, its answer is lost, and what follows says nothing for a while.
  @Test func whatIsFoundDoneIsToldAndJournalled() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 2, "r/z": 1])
    await bench.sweep()
    let (moved, deleted, created) = try (
      reference("r:a-latest"), reference("r:b-latest"), reference("r:c-latest")
    )
    let commit = try bench.branches.commit(["r/a": 3, "r/c": 4, "r/z": 1])
    bench.registry.adjust { state in
      for tag in [moved, created] { state.putFailures[tag] = WriteFailure(.transient, "timed out") }
      state.onRequest = { request, state in
        switch request {
        case "PUT r:a-latest 3": state.tags[moved] = digest(3)
        case "PUT r:c-latest 4": state.tags[created] = digest(4)
        case "DELETE r:b-latest": (state.tags[deleted], state.isDown) = (nil, true)
        default: break
        }
      }
    }
    #expect(await bench.commitPass().plan.outcomes == .init(failed: 3, inSync: 1))
    bench.registry.adjust { $0.onRequest = nil }
    #expect(await bench.commitPass().plan.outcomes == .init(blocked: 2, failed: 1, inSync: 1))
    bench.registry.adjust { ($0.isDown, $0.putFailures) = (false, [:]) }
    _ = bench.events.taken()
    let report = await bench.sweep()
    #expect(report.plan.summary == .init(inSync: 3))
    let reason = "found done, though its write had failed"
    func change(_ image: String, _ action: Change.Action, _ from: Digest?, _ to: Digest?) throws -> Event {
      let cause: Change.Cause = action == .delete ? .prune : .commit
      return .change(
        channel: "latest", commit: commit,
        Change(
          key: try key("r/\(image)"), tag: try TagName("\(image)-latest"), action: action, from: from, to: to,
          cause: cause, reason: reason, outcome: .applied))
    }
    let told = try [
      change("a", .move, digest(1), digest(3)), change("b", .delete, digest(2), nil),
      change("c", .create, nil, digest(4)),
    ]
    #expect(bench.events.taken() == told + [.pass(report)])
    #expect(bench.storage.text.split(separator: "\n").count { $0.contains(reason) } == 3)
    await bench.sweep()
    #expect(bench.storage.text.split(separator: "\n").count { $0.contains(reason) } == 3)
  }

  @Test func aFailedWriteThatIsNoLongerWantedIsNeverFoundDone() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1])
    await bench.sweep()
    let tag = try reference("r:a-latest")
    bench.registry.adjust { $0.putFailures[tag] = WriteFailure(.transient, "503") }
    try bench.branches.commit(["r/a": 2])
    await bench.commitPass()
    await bench.commitPass()
    bench.registry.adjust { $0.putFailures = [:] }
    try bench.branches.commit(["r/a": 1])
    await bench.commitPass()
    try bench.registry.push(2, to: "r:a-latest")
    #expect(await bench.sweep().plan.changes.map(\.cause) == [.drift])
    #expect(!bench.storage.text.contains("found done"))
  }

  @Test func aCommitThatChangesNothingIsWorthOneLine() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1])
    await bench.sweep()
    try bench.branches.commit(["r/a": 1])
    _ = bench.events.taken()
    let report = await bench.commitPass()
    #expect(bench.events.taken() == [.pass(report)])
    let sweep = await bench.sweep()
    #expect(bench.events.taken() == [.unchanged(sweep)])
  }

  /// A slow registry at a shutdown: what was never sent has not failed.
  @Test func whatWasGivenUpBeforeItWasSentIsLeftToTheNextStart() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 2, "r/c": 3])
    let unsent = WriteFailure(.notBegun, "the client is shut down")
    let (b, c) = (try reference("r:b-latest"), try reference("r:c-latest"))
    bench.registry.adjust { $0.putFailures = [b: unsent, c: unsent] }
    let report = await bench.sweep()
    #expect(report.plan.outcomes == .init(create: 1, notBegun: 2))
    #expect(report.needsAttention && bench.channel.nextRetry == nil)
    #expect(!bench.storage.text.contains("shut down"))
    bench.registry.adjust { $0.putFailures = [:] }
    #expect(await bench.sweep().plan.outcomes == .init(create: 2, inSync: 1))
  }

  @Test func whatWasNotBegunIsNotCountedAsDone() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 2])
    bench.registry.adjust { state in
      state.onRequest = { [interrupt = bench.interrupt] request, _ in
        if request == "HEAD r:b-latest" { interrupt.raise() }
      }
    }
    let report = await bench.sweep()
    #expect(report.isInterrupted)
    #expect(report.needsAttention)
    #expect(bench.storage.text == "")
    bench.interrupt.clear()
    bench.registry.adjust { state in
      state.onRequest = { [interrupt = bench.interrupt] request, _ in
        if request.hasPrefix("PUT") { interrupt.raise() }
      }
    }
    let images = try (1...20).map { try DesiredState.Entry(key: key("r/i\($0)"), digest: digest(1)) }
    try bench.branches.commit(.state(DesiredState(images)))
    let outcomes = await bench.sweep().plan.outcomes
    #expect(outcomes.create == bench.registry.tags.count)
    #expect(outcomes.notBegun == 20 - outcomes.create)
    #expect(outcomes.notBegun > 0)
  }

  @Test func aHostThatFailsForDaysIsTriedRarelyAndToldOnce() async throws {
    let bench = try Bench()
    let images = try (1...40).map { try DesiredState.Entry(key: key("r/i\($0)"), digest: digest(1)) }
    try bench.branches.commit(.state(DesiredState(images)))
    let tags = try (1...40).map { try reference("r:i\($0)-latest") }
    bench.registry.adjust { state in
      for tag in tags { state.putFailures[tag] = WriteFailure(.transient, "registry.example: 503") }
    }
    await bench.sweep()
    var passes = 0
    while bench.time.monotonic() < .seconds(86_400) {
      let due = try #require(bench.channel.nextRetry)
      #expect(due > bench.time.monotonic())
      bench.time.advance(by: due - bench.time.monotonic())
      await bench.commitPass()
      passes += 1
    }
    #expect(passes < 1000)
    let lines = bench.events.taken().filter { if case .unchanged = $0 { false } else { true } }
    #expect(lines.count < 100)
    #expect(bench.storage.text.split(separator: "\n").count < 1200)
    bench.registry.adjust { $0.putFailures = [:] }
    bench.time.advance(by: .seconds(332))
    #expect(await bench.commitPass().plan.outcomes.create == 40)
  }

  @Test func whatIsMissingForHoursMakesFewPassesAndOneLineEach() async throws {
    let bench = try Bench()
    let images = try (0..<262).map { try DesiredState.Entry(key: key("r/i\($0)"), digest: digest(200)) }
    try bench.branches.commit(.state(DesiredState(images)))
    await bench.sweep()
    let lines = bench.storage.text.split(separator: "\n").count
    #expect(lines == 2 + 262)
    var passes = 0
    while bench.time.monotonic() < .seconds(10_000) {
      let due = try #require(bench.channel.nextRetry)
      bench.time.advance(by: due - bench.time.monotonic())
      await bench.commitPass()
      passes += 1
    }
    #expect(passes < 10_000 / 32 + 100)
    #expect(bench.storage.text.split(separator: "\n").count == lines)
  }

  @Test func whatTheRegistryRefusesWaitsForTheNextSweep() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1])
    let tag = try reference("r:a-latest")
    bench.registry.adjust { $0.putFailures[tag] = WriteFailure(.incomplete, "blobs or children are missing") }
    await bench.sweep()
    #expect(bench.channel.nextRetry == nil)
    _ = bench.registry.takeLog()
    bench.time.advance(by: .seconds(3600))
    await bench.commitPass()
    #expect(!bench.registry.takeLog().contains { $0.hasPrefix("PUT") })
    await bench.sweep()
    #expect(bench.registry.takeLog().contains("PUT r:a-latest 1"))
  }

  @Test func aHostThatTakesNoWriteIsGivenUpForThePass() async throws {
    for kind in [WriteFailure.Kind.transient, .hostReadOnly] {
      let bench = try Bench()
      let images = try (1...40).map { try DesiredState.Entry(key: key("r/i\($0)"), digest: digest(1)) }
      try bench.branches.commit(.state(DesiredState(images)))
      let tags = try (1...40).map { try reference("r:i\($0)-latest") }
      bench.registry.adjust { state in
        for tag in tags { state.putFailures[tag] = WriteFailure(kind, "registry.example: no") }
      }
      let report = await bench.sweep()
      let puts = bench.registry.takeLog().count { $0.hasPrefix("PUT") }
      #expect(puts < 2 * bench.registry.concurrency)
      #expect(report.plan.summary.failed == puts)
      #expect(report.needsAttention)
    }
  }

  @Test func driftIsHealedOnceTwoSweepsAgreeAfterOurOwnWrite() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1])
    await bench.sweep()
    try bench.registry.push(9, to: "r:a-latest")
    #expect(await bench.sweep().plan.summary == .init(inSync: 1))
    let report = await bench.sweep()
    #expect(report.plan.changes.map(\.cause) == [.drift])
    #expect(bench.registry.tags == ["r:a-latest": 1])
  }

  @Test func driftIsKnownAfterARestart() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1])
    await bench.sweep()
    try bench.registry.push(9, to: "r:a-latest")
    try bench.restart()
    #expect(await bench.sweep().plan.changes.map(\.cause) == [.drift])
  }

  @Test func oneImageThatCannotBeMovedLeavesTheOthersAlone() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 200, "r/c": 3])
    let refused = WriteFailure(.refused, "registry.example: 403 DENIED tag is immutable")
    let tag = try reference("r:c-latest")
    bench.registry.adjust { $0.putFailures[tag] = refused }
    let report = await bench.sweep()
    #expect(report.plan.summary == .init(create: 1, blocked: 1, failed: 1))
    #expect(report.needsAttention)
    #expect(bench.registry.tags == ["r:a-latest": 1])
  }

  @Test func whatFailedIsRetriedAfterItsPauseAndToldOnce() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1])
    let tag = try reference("r:a-latest")
    bench.registry.adjust { $0.putFailures[tag] = WriteFailure(.transient, "500") }
    await bench.sweep()
    _ = bench.registry.takeLog()
    _ = bench.events.taken()
    #expect(await bench.commitPass().plan.summary.failed == 1)
    // Whether the write took effect all the same is asked; it is not tried again yet.
    #expect(bench.registry.takeLog() == ["HEAD r:a-latest"])
    let due = try #require(bench.channel.nextRetry)
    bench.time.advance(by: due - bench.time.monotonic())
    #expect(await bench.commitPass().plan.summary.failed == 1)
    #expect(bench.registry.takeLog() == ["PUT r:a-latest 1"])
    #expect(bench.events.taken().filter { if case .change = $0 { true } else { false } } == [])
    bench.registry.adjust { $0.putFailures = [:] }
    try bench.branches.commit(["r/a": 1, "r/b": 2])
    #expect(await bench.commitPass().plan.summary.create == 2)
  }

  @Test func anUnreachableRegistryHoldsThePassAndChangesNothing() async throws {
    let bench = try Bench()
    let commit = try bench.branches.commit(["r/a": 1, "r/b": 2])
    bench.registry.adjust { $0.isDown = true }
    let report = await bench.sweep()
    #expect(report.error == "registry.example: connection refused")
    #expect(report.commit == commit)
    #expect(report.needsAttention)
    #expect(bench.storage.text == "")
    #expect(bench.registry.takeLog().allSatisfy { $0.hasPrefix("HEAD") })
    #expect(
      bench.events.taken() == [.held(channel: "latest", reason: "registry.example: connection refused")])
    await bench.sweep()
    #expect(bench.events.taken() == [])
    bench.registry.adjust { $0.isDown = false }
    #expect(await bench.sweep().plan.summary.create == 2)
    #expect(bench.events.taken().contains(.resumed(channel: "latest")))
  }

  @Test func anUnknownTagIsLeftAloneAndTheOthersGoOn() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 2])
    let tag = try reference("r:a-latest")
    bench.registry.adjust { $0.faults[tag] = .unknown(.init("registry.example: 403")) }
    let report = await bench.sweep()
    #expect(report.plan.summary == .init(create: 1, blocked: 1))
    #expect(!bench.registry.takeLog().contains("PUT r:a-latest 1"))
  }

  @Test func aTornTagIsWrittenAtTheThirdSweepAndNeverDeleted() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 2, "r/c": 3])
    await bench.sweep()
    let faults = try [reference("r:a-latest"), reference("r:b-latest")]
    let answer = Observation.unknown(.init(isServerError: true, "500"))
    bench.registry.adjust { state in for tag in faults { state.faults[tag] = answer } }
    try bench.branches.commit(["r/a": 1, "r/c": 3])
    _ = bench.registry.takeLog()
    for _ in 1...2 { await bench.sweep() }
    #expect(!bench.registry.takeLog().contains { !$0.hasPrefix("HEAD") })
    await bench.sweep()
    await bench.sweep()
    #expect(bench.registry.takeLog().filter { !$0.hasPrefix("HEAD") } == ["PUT r:a-latest 1"])
  }

  @Test func theAppliedCommitIsJournalledBeforeTheFirstWrite() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1])
    let storage = bench.storage
    bench.registry.adjust {
      $0.onRequest = { request, _ in
        if request.hasPrefix("PUT") { #expect(storage.text.contains(#""event":"applying""#)) }
      }
    }
    await bench.sweep()
    #expect(bench.registry.tags.count == 1)
  }

  @Test(.timeLimit(.minutes(10))) func changesGoOnWhileTheJournalIsWritten() async throws {
    let (allWritten, gate) = AsyncStream.makeStream(of: Void.self)
    let storage = MemoryStorage { lines in
      if lines.contains(#""event":"change""#) { for await _ in allWritten {} }
    }
    let bench = try Bench(storage: storage)
    let images = try (1...30).map { try DesiredState.Entry(key: key("r/i\($0)"), digest: digest(1)) }
    try bench.branches.commit(.state(DesiredState(images)))
    bench.registry.adjust {
      $0.onRequest = { request, state in
        if request.hasPrefix("PUT"), state.tags.count == images.count - 1 { gate.finish() }
      }
    }
    await bench.sweep()
    let lines = storage.text.split(separator: "\n")
    #expect(lines.first?.contains(#""event":"applying""#) == true)
    #expect(lines.count { $0.contains(#""event":"change""#) } == images.count)
    #expect(lines.last?.contains(#""event":"pass""#) == true)
  }

  @Test func aJournalThatCannotBeWrittenHoldsThePass() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1])
    bench.storage.fill()
    let report = await bench.sweep()
    #expect(report.error?.hasPrefix("stopped after 0 changes, because the journal can't be written") == true)
    #expect(bench.registry.tags == [:])
  }

  @Test func aRevisionIsAppliedWithoutBeingRecorded() async throws {
    let bench = try Bench()
    let first = try bench.branches.commit(["r/a": 1])
    await bench.sweep()
    let second = try bench.branches.commit(["r/a": 2])
    await bench.sweep()
    let report = await bench.channel.pass(.sweep, at: first, beside: [])
    #expect(report.commit == first)
    #expect(bench.registry.tags == ["r:a-latest": 1])
    #expect(await bench.journal.record.channels["latest"]?.applied == second)
    #expect(await bench.journal.record.channels["latest"]?.converged == second)
  }

  @Test func whatAnotherChannelDeclaresIsNotDeleted() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 2])
    await bench.sweep()
    try bench.branches.commit(["r/b": 2])
    try bench.branches.commit(["r/a-latest": 1], on: "other")
    let other = ChannelReconciler(
      ChannelSettings(name: "other", branch: "other", template: try TagTemplate("{image}")),
      source: bench.branches,
      acceptances: bench.acceptances, suspensions: bench.suspensions, deleter: bench.deleter,
      events: bench.events,
      interrupt: bench.interrupt,
      waitsForLongWork: true)
    #expect(await bench.channel.pass(.sweep, beside: [other.neighbour]).plan.summary.held == 1)
    await other.readState()
    #expect(await bench.channel.pass(.sweep, beside: [other.neighbour]).plan.changes == [])
    #expect(bench.registry.tags == ["r:a-latest": 1, "r:b-latest": 2])
  }
}
