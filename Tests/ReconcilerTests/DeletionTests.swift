import Model
import Reconciler
import Synchronization
import TestSupport
import Testing

/// Deletions where the registry deletes manifests only.
@Suite struct TombstoneTests {
  /// Ten images, of which the next state drops the first `dropped`.
  func bench(dropping dropped: Int, of count: Int = 10) async throws -> Bench {
    let bench = try Bench()
    bench.registry.adjust { $0.deletion = .byManifest }
    let all = try DesiredState(
      (1...count).map { try .init(key: key("r/i\($0)"), digest: digest(UInt8($0 % 50))) })
    try bench.branches.commit(.state(all))
    await bench.sweep()
    let dropping = try Set((1...dropped).map { try key("r/i\($0)") })
    let rest = try DesiredState(all.entries.filter { !dropping.contains($0.key) })
    try bench.branches.commit(.state(rest), allowsPrune: true)
    _ = bench.registry.takeLog()
    return bench
  }

  func hasTombstones(_ bench: Bench) -> Bool { bench.registry.tags.values.contains(255) }

  @Test func oneTombstoneForTheBatch() async throws {
    let bench = try await bench(dropping: 3)
    let report = await bench.commitPass()
    #expect(report.plan.summary == .init(delete: 3, inSync: 7))
    #expect(bench.registry.tags.count == 7)
    let log = bench.registry.takeLog()
    #expect(log.filter { $0.hasPrefix("TOMBSTONE") }.count == 3)
    #expect(log.filter { $0 == "DELETE r@255" }.count == 1)
    #expect(log.filter { $0.hasPrefix("LIST") }.count == 1)
    #expect(log.first { !$0.hasPrefix("HEAD") } == "DELETE r:i1-latest")
    #expect(
      try #require(log.firstIndex(of: "PROVE r")) < #require(log.firstIndex(of: "TOMBSTONE r:i1-latest")))
  }

  @Test func batchesHaveAtMostFifty() async throws {
    let bench = try await bench(dropping: 120, of: 130)
    #expect(await bench.commitPass().plan.summary.delete == 120)
    let batches = bench.registry.takeLog().split(separator: "DELETE r@255")
    // Each batch's, and none after the last deletion.
    #expect(batches.map { $0.count { $0.hasPrefix("TOMBSTONE") } } == [50, 50, 20, 0])
    #expect(bench.storage.deletions == 120)
    #expect(bench.registry.tags.count == 10)
  }

  @Test func theBatchIsJournalledBeforeATagIsTouched() async throws {
    let bench = try await bench(dropping: 3)
    let storage = bench.storage
    bench.registry.adjust {
      $0.onRequest = { request, _ in
        if request.hasPrefix("TOMBSTONE") { #expect(storage.text.contains(#""event":"tombstoning""#)) }
      }
    }
    await bench.commitPass()
    let (record, _) = try JournalRecord.read(storage.bytes)
    #expect(record.unfinishedBatches == [])
    #expect(record.tombstones.count == 1)
  }

  @Test func aTagMovedJustBeforeIsHeld() async throws {
    let bench = try await bench(dropping: 3)
    try bench.registry.push(44, to: "r:i2-latest")
    let report = await bench.commitPass()
    #expect(report.plan.summary == .init(delete: 2, held: 1, inSync: 7))
    #expect(bench.registry.tags["r:i2-latest"] == 44)
  }

  @Test func aTagMovedWhileItHasTheTombstoneIsLeft() async throws {
    let bench = try await bench(dropping: 3)
    let moved = try reference("r:i2-latest")
    bench.registry.adjust {
      $0.onRequest = { request, state in
        if request == "DELETE r@255" { state.tags[moved] = digest(44) }
      }
    }
    let report = await bench.commitPass()
    #expect(report.plan.summary == .init(delete: 2, held: 1, inSync: 7))
    #expect(bench.registry.tags["r:i2-latest"] == 44)
    #expect(!hasTombstones(bench))
  }

  @Test func whatDanglesGetsTheTombstoneAgain() async throws {
    let bench = try await bench(dropping: 3)
    let dangling = try reference("r:i2-latest")
    bench.registry.adjust { $0.danglesOnce = [dangling] }
    #expect(await bench.commitPass().plan.summary.delete == 3)
    let log = bench.registry.takeLog()
    #expect(log.filter { $0 == "TOMBSTONE r:i2-latest" }.count == 2)
    #expect(log.filter { $0 == "DELETE r@255" }.count == 2)
    bench.registry.adjust { #expect($0.dangling == []) }
  }

  @Test(arguments: [1, 3]) func aDeletionThatFailsHalfwayIsFinished(times: Int) async throws {
    let bench = try await bench(dropping: 3)
    bench.registry.adjust { $0.halfDeletions = times }
    let report = await bench.commitPass()
    #expect(report.plan.summary == .init(delete: 3, inSync: 7))
    #expect(bench.registry.tags.count == 7)
    bench.registry.adjust { #expect($0.dangling == []) }
  }

  @Test func aDeletionThatKeepsFailingHalfwayPutsTheOriginalsBack() async throws {
    let bench = try await bench(dropping: 3)
    let before = bench.registry.tags
    bench.registry.adjust { $0.halfDeletions = .max }
    let report = await bench.commitPass()
    #expect(report.plan.summary == .init(failed: 3, inSync: 7))
    #expect(bench.registry.tags == before)
    bench.registry.adjust { #expect($0.dangling == []) }
  }

  @Test func aFailedDeletionPutsTheOriginalsBack() async throws {
    let bench = try await bench(dropping: 3)
    let before = bench.registry.tags
    bench.registry.adjust { $0.deleteManifestFailure = WriteFailure(.transient, "registry.example: 500") }
    let report = await bench.commitPass()
    #expect(report.plan.summary == .init(failed: 3, inSync: 7))
    #expect(report.plan.changes.allSatisfy { $0.reason?.contains("registry.example: 500") == true })
    #expect(bench.registry.tags == before)
    #expect(await bench.journal.record.unfinishedBatches == [])
  }

  @Test func aBatchThatAnEarlierProcessBeganIsFinished() async throws {
    let bench = try await bench(dropping: 3)
    let batch = TombstoneBatch(
      id: "before", repository: try RepositoryName("r"),
      tombstone: bench.registry.tombstone(for: try RepositoryName("r"), batch: "before"),
      members: try (1...3).map { .init(tag: try TagName("i\($0)-latest"), original: digest(UInt8($0))) })
    try await bench.journal.commit(.tombstoning(batch))
    for member in batch.members.prefix(2) {
      try await bench.registry.putTombstone(of: "before", at: TagReference(batch.repository, member.tag))
    }
    try bench.restart()
    try await bench.deleter.recover(telling: bench.events)
    #expect(bench.registry.tags.count == 8)
    #expect(!hasTombstones(bench))
    #expect(await bench.journal.record.unfinishedBatches == [])
    await bench.sweep()
    #expect(bench.registry.tags.count == 7)
  }

  @Test func aBatchWhoseRegistryIsAwayStaysUnfinished() async throws {
    let bench = try await bench(dropping: 3)
    let batch = TombstoneBatch(
      id: "before", repository: try RepositoryName("r"), tombstone: digest(255),
      members: [.init(tag: try TagName("i1-latest"), original: digest(1))])
    try await bench.journal.commit(.tombstoning(batch))
    bench.registry.adjust { state in
      state.isDown = true
      state.tags = state.tags.filter { $0.key.tag.description != "i1-latest" }
    }
    try await bench.deleter.recover(telling: bench.events)
    #expect(await bench.journal.record.unfinishedBatches.count == 1)
    bench.time.advance(by: .seconds(300))
    bench.registry.adjust {
      $0.isDown = false
      $0.listFails = true
    }
    try await bench.deleter.recover(telling: bench.events)
    #expect(await bench.journal.record.unfinishedBatches.count == 1)
    bench.time.advance(by: .seconds(300))
    bench.registry.adjust { $0.listFails = false }
    try await bench.deleter.recover(telling: bench.events)
    #expect(await bench.journal.record.unfinishedBatches == [])
  }

  @Test(arguments: [WriteFailure.Kind.hostReadOnly, .transient])
  func aHostThatTakesNoWriteIsGivenUpForThePass(kind: WriteFailure.Kind) async throws {
    let bench = try await bench(dropping: 120, of: 130)
    bench.registry.adjust { $0.proofFailure = WriteFailure(kind, "registry.example: no") }
    let report = await bench.commitPass()
    #expect(bench.registry.takeLog().count { $0.hasPrefix("PROVE") } == 1)
    #expect(report.plan.outcomes == .init(failed: 50, notBegun: 70, inSync: 10))
    await bench.commitPass()
    #expect(bench.registry.takeLog().count { $0.hasPrefix("PROVE") } == 0)
    bench.registry.adjust { $0.proofFailure = nil }
    bench.time.advance(by: .seconds(10))
    #expect(await bench.commitPass().plan.outcomes == .init(delete: 120, inSync: 10))
  }

  @Test func eachBatchIsJournalledBeforeTheNextBegins() async throws {
    let bench = try await bench(dropping: 120, of: 130)
    let batches = Mutex(0)
    let storage = bench.storage
    bench.registry.adjust {
      $0.onRequest = { request, _ in
        if request == "DELETE r@255",
          batches.withLock({
            $0 += 1; return $0
          }) == 3
        {
          storage.fill()
        }
      }
    }
    #expect(await bench.commitPass().error?.hasPrefix("stopped after 120 changes") == true)
    #expect(storage.deletions == 100)
  }

  @Test func aDeletionThatAnEarlierProcessBeganIsToldAndJournalled() async throws {
    let bench = try await bench(dropping: 3)
    let commit = try #require(await bench.branches.resolve("production").commit)
    let (storage, moved) = (bench.storage, try reference("r:i3-latest"))
    bench.registry.adjust {
      $0.onRequest = { request, state in
        guard request == "DELETE r@255" else { return }
        state.tags[moved] = digest(44)
        storage.fill()
      }
    }
    await bench.commitPass()
    #expect(storage.deletions == 0)
    bench.registry.adjust { $0.onRequest = nil }
    storage.makeRoom()
    try bench.restart()
    _ = bench.events.taken()
    try await bench.deleter.recover(telling: bench.events)
    let gone = try (1...2).map {
      Change(
        key: try key("r/i\($0)"), tag: try TagName("i\($0)-latest"), action: .delete, from: digest(UInt8($0)),
        to: nil, cause: .prune, reason: "begun by an earlier process", outcome: .applied)
    }
    #expect(bench.events.taken() == gone.map { .change(channel: "latest", commit: commit, $0) })
    #expect(storage.deletions == 2)
    #expect(
      storage.text.contains(
        #""fates":{"i1-latest":"deleted","i2-latest":"deleted","i3-latest":"foreign"}"#))
    #expect(await bench.journal.record.unfinishedBatches == [])
  }

  @Test func theProofIsMadeAnewOnceADeletionFailed() async throws {
    let bench = try await bench(dropping: 3)
    bench.registry.adjust { $0.deleteManifestFailure = WriteFailure(.refused, "registry.example: 405") }
    await bench.commitPass()
    _ = bench.registry.takeLog()
    bench.registry.adjust { $0.deletion = .disabled }
    bench.time.advance(by: .seconds(300))
    #expect(await bench.commitPass().plan.summary == .init(held: 3, inSync: 7))
    #expect(!bench.registry.takeLog().contains { $0.hasPrefix("TOMBSTONE") })
  }

  @Test func aTagWhoseDeletionIsUnfinishedGetsNoSecondTombstone() async throws {
    let bench = try await bench(dropping: 3)
    let tags = try (1...3).map { try reference("r:i\($0)-latest") }
    bench.registry.adjust { state in
      state.deleteManifestFailure = WriteFailure(.transient, "registry.example: 500")
      for tag in tags { state.putFailures[tag] = nil }
      state.onRequest = { request, state in
        guard request == "DELETE r@255" else { return }
        for tag in tags { state.putFailures[tag] = WriteFailure(.transient, "registry.example: 500") }
      }
    }
    await bench.commitPass()
    #expect(hasTombstones(bench))
    bench.time.advance(by: .seconds(300))
    await bench.sweep()
    #expect(await bench.journal.record.unfinishedBatches.count == 1)
    #expect(
      await bench.journal.record.unfinishedBatches[0].members.map(\.original).allSatisfy {
        number(of: $0) != 255
      })
    bench.registry.adjust { state in
      state.onRequest = nil
      state.putFailures = [:]
      state.deleteManifestFailure = nil
    }
    bench.time.advance(by: .seconds(300))
    try await bench.deleter.recover(telling: bench.events)
    #expect(!hasTombstones(bench))
    #expect(bench.registry.tags.count == 7)
  }

  @Test func whereManifestsCannotBeDeletedNoTagIsTouched() async throws {
    let bench = try await bench(dropping: 3)
    bench.registry.adjust { $0.deletion = .disabled }
    let before = bench.registry.tags
    let report = await bench.commitPass()
    #expect(report.plan.summary == .init(held: 3, inSync: 7))
    #expect(report.plan.changes[0].reason?.contains("deletes are disabled") == true)
    #expect(bench.registry.tags == before)
    #expect(!bench.registry.takeLog().contains { $0.hasPrefix("TOMBSTONE") })
  }

  @Test func whereTombstonesAreNotWelcomeDeletesWaitForTheNextSweepOrCommit() async throws {
    let bench = try Bench(tombstoneObjection: "delete it by hand")
    bench.registry.adjust { $0.deletion = .byManifest }
    try bench.branches.commit(["r/a": 1, "r/b": 2, "r/c": 3])
    await bench.sweep()
    try bench.branches.commit(["r/a": 1])
    func deletes() -> [String] { bench.registry.takeLog().filter { $0.hasPrefix("DELETE") } }
    let report = await bench.commitPass()
    #expect(report.plan.changes.map(\.reason) == Array(repeating: "delete it by hand", count: 2))
    #expect(bench.registry.tags.count == 3)
    #expect(deletes() == ["DELETE r:b-latest"])
    #expect(bench.channel.nextRetry == nil)
    _ = bench.events.taken()
    bench.time.advance(by: .seconds(3600))
    #expect(await bench.commitPass().plan.summary == .init(held: 2, inSync: 1))
    #expect(deletes() == [])
    await bench.sweep()
    #expect(deletes() == ["DELETE r:b-latest"])
    #expect(bench.events.taken().allSatisfy { if case .unchanged = $0 { true } else { false } })
    try bench.branches.commit(["r/a": 4])
    await bench.commitPass()
    #expect(deletes() == ["DELETE r:b-latest"])
  }
}

@Suite struct NativeDeletionTests {
  @Test func everyTagIsAskedAboutJustBefore() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 2, "r/c": 2])
    await bench.sweep()
    try bench.branches.commit(["r/a": 1])
    try bench.registry.push(44, to: "r:b-latest")
    _ = bench.registry.takeLog()
    let report = await bench.commitPass()
    #expect(report.plan.summary == .init(delete: 1, held: 1, inSync: 1))
    #expect(bench.registry.tags == ["r:a-latest": 1, "r:b-latest": 44])
    #expect(bench.registry.takeLog() == ["HEAD r:b-latest", "HEAD r:c-latest", "DELETE r:c-latest"])
  }

  /// A channel whose next pass deletes `count` tags and keeps one.
  func bench(deleting count: Int) async throws -> Bench {
    let bench = try Bench()
    func images(_ numbers: ClosedRange<Int>) throws -> StateReading {
      .state(try DesiredState(numbers.map { try .init(key: key("r/i\($0)"), digest: digest(1)) }))
    }
    try bench.branches.commit(images(0...count))
    await bench.sweep()
    try bench.branches.commit(images(0...0), allowsPrune: true)
    return bench
  }

  @Test func eachBatchIsJournalledBeforeTheNextBegins() async throws {
    let bench = try await bench(deleting: 39)
    let storage = bench.storage
    bench.registry.adjust {
      $0.onRequest = { request, state in
        guard request.hasPrefix("DELETE") else { return }
        #expect(storage.deletions >= 40 - state.tags.count - 4)
      }
    }
    #expect(await bench.commitPass().plan.outcomes == .init(delete: 39, inSync: 1))
    #expect(storage.deletions == 39)
  }

  @Test func aHostThatDiesAmongDeletionsIsLeftAloneForAPause() async throws {
    let bench = try await bench(deleting: 39)
    bench.registry.adjust {
      $0.onRequest = { request, state in
        if request.hasPrefix("DELETE") { state.isDown = state.tags.count < 36 }
      }
    }
    let outcomes = await bench.commitPass().plan.outcomes
    #expect(outcomes == .init(delete: 5, failed: 4, notBegun: 30, inSync: 1))
    bench.registry.adjust { ($0.onRequest, $0.isDown) = (nil, false) }
    _ = bench.registry.takeLog()
    await bench.commitPass()
    #expect(!bench.registry.takeLog().contains { $0.hasPrefix("DELETE") })
    let due = try #require(bench.channel.nextRetry)
    bench.time.advance(by: due - bench.time.monotonic() + .seconds(2))
    #expect(await bench.commitPass().plan.outcomes == .init(delete: 34, inSync: 1))
  }

  @Test func anUnknownAnswerDeletesNothing() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 2])
    await bench.sweep()
    try bench.branches.commit(["r/a": 1])
    let tag = try reference("r:b-latest")
    bench.registry.adjust { $0.faults[tag] = .unknown(.init("registry.example: 503")) }
    let report = await bench.commitPass()
    #expect(report.plan.summary == .init(failed: 1, inSync: 1))
    #expect(bench.registry.tags.count == 2)
  }

  @Test func aTagThatIsGoneAlreadyIsDone() async throws {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 2])
    await bench.sweep()
    try bench.branches.commit(["r/a": 1])
    bench.registry.adjust { $0.tags = $0.tags.filter { $0.key.tag.description != "b-latest" } }
    #expect(await bench.commitPass().plan.summary == .init(delete: 1, inSync: 1))
  }
}
