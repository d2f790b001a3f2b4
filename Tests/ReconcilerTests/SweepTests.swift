import Model
import Reconciler
import TestSupport
import Testing

/// Sweeps that make way, and go on.
@Suite struct SweepTests {
  /// A channel in sync with images `i0` to `i<count - 1>`, each with digest 1, outside the minute in which drift has to
  /// be seen twice.
  func bench(_ count: Int) async throws -> Bench {
    let bench = try Bench()
    try bench.branches.commit(images(0..<count))
    await bench.sweep()
    bench.time.advance(by: .seconds(100))
    _ = bench.registry.takeLog()
    return bench
  }

  func images(_ numbers: Range<Int>) throws -> StateReading {
    .state(try DesiredState(numbers.map { try .init(key: key("r/i\($0)"), digest: digest(1)) }))
  }

  @Test func asksTheRestWhenItGoesOn() async throws {
    let bench = try await bench(9)
    bench.interrupt { $0 == "HEAD r:i4-latest" }
    #expect(await bench.sweep().isInterrupted)
    bench.resume()
    _ = bench.registry.takeLog()
    #expect(await bench.sweep().plan.summary == .init(inSync: 9))
    #expect(bench.registry.takeLog() == (5...8).map { "HEAD r:i\($0)-latest" })
    #expect(!bench.channel.hasUnfinishedSweep)
  }

  /// Forty removals are held. A restart, a history that is read late, an interrupted commit pass and one that git holds
  /// must not make twelve of them pass for all.
  @Test(.timeLimit(.minutes(10))) func askingInPartsNeverMakesTheRemovalsLookFew() async throws {
    let bench = try await bench(60)
    let tip = try bench.branches.commit(images(0..<20))
    #expect(await bench.sweep().plan.summary == .init(held: 40, inSync: 20))
    try bench.restart()
    let (read, isRead) = AsyncStream.makeStream(of: Void.self)
    let channel = bench.daemonChannel { isRead.yield() }
    bench.interrupt { $0 == "HEAD r:i5-latest" }
    #expect(await channel.pass(.sweep, beside: []).isInterrupted)
    for await _ in read { break }
    bench.resume()
    let declared = Set((0..<20).map { "HEAD r:i\($0)-latest" })
    bench.interrupt(at: 12) { $0.hasPrefix("HEAD") && !declared.contains($0) }
    #expect(await channel.pass(.commit, beside: []).isInterrupted)
    bench.resume()
    bench.branches.point(at: .unknown("git died"))
    #expect(await channel.pass(.commit, beside: []).error == "git died")
    bench.branches.point(at: .commit(tip))
    #expect(await channel.pass(.sweep, beside: []).plan.summary == .init(held: 40, inSync: 20))
    #expect(bench.registry.tags.count == 60)
  }

  @Test func makesWayAgainAndAgain() async throws {
    let bench = try await bench(9)
    for place in [2, 5] {
      bench.interrupt { $0 == "HEAD r:i\(place)-latest" }
      #expect(await bench.sweep().isInterrupted)
      bench.resume()
    }
    #expect(await bench.sweep().plan.summary == .init(inSync: 9))
    #expect(bench.registry.takeLog() == (0...8).map { "HEAD r:i\($0)-latest" })
  }

  @Test func goesOnWithWhatWasRemovedMeanwhile() async throws {
    let bench = try await bench(9)
    bench.interrupt { $0 == "HEAD r:i4-latest" }
    #expect(await bench.sweep().isInterrupted)
    bench.resume()
    _ = bench.registry.takeLog()
    try bench.branches.commit(images(0..<8))
    #expect(await bench.sweep().plan.summary == .init(delete: 1, inSync: 8))
    #expect(bench.registry.tags.count == 8)
    let confirmed = ["HEAD r:i8-latest", "DELETE r:i8-latest"]
    #expect(bench.registry.takeLog() == (5...8).map { "HEAD r:i\($0)-latest" } + confirmed)
  }

  @Test func whatWasWrittenWhileItMadeWayIsNotTakenBack() async throws {
    let bench = try await bench(9)
    bench.interrupt { $0 == "HEAD r:i4-latest" }
    #expect(await bench.sweep().isInterrupted)
    bench.resume()
    let digests = (1..<9).map { ("r/i\($0)", UInt8($0 == 1 ? 2 : 1)) }
    try bench.branches.commit(
      .state(DesiredState(digests.map { try .init(key: key($0.0), digest: digest($0.1)) })))
    #expect(await bench.commitPass().plan.summary == .init(move: 1, delete: 1, inSync: 7))
    #expect(await bench.sweep().plan.summary == .init(inSync: 8))
    #expect(!bench.channel.suspectsDrift)
  }

  /// The torn tag is asked about before each sweep makes way: each counts it, once.
  @Test func countsATornTagThatAnsweredBeforeItMadeWay() async throws {
    let bench = try await bench(3)
    let torn = try reference("r:i0-latest")
    bench.registry.adjust { $0.faults[torn] = .unknown(.init(isServerError: true, "500")) }
    for expected: Plan.Summary in [
      .init(blocked: 1, inSync: 2), .init(blocked: 1, inSync: 2), .init(move: 1, inSync: 2),
    ] {
      bench.interrupt { $0 == "HEAD r:i1-latest" }
      #expect(await bench.sweep().isInterrupted)
      bench.resume()
      #expect(await bench.sweep().plan.summary == expected)
    }
  }

  @Test func whatWasNotAnsweredBeforeItMadeWayIsAskedAgain() async throws {
    let bench = try await bench(9)
    try bench.registry.push(9, to: "r:i0-latest")
    bench.registry.adjust { $0.isDown = true }
    bench.interrupt { $0 == "HEAD r:i4-latest" }
    #expect(await bench.sweep().isInterrupted)
    bench.resume()
    bench.registry.adjust { $0.isDown = false }
    #expect(await bench.sweep().plan.summary == .init(move: 1, inSync: 8))
    #expect(bench.registry.tags["r:i0-latest"] == 1)
  }

  @Test func whatIsNotAnsweredAfterItMadeWayIsUnknownAndNotInSync() async throws {
    let bench = try await bench(9)
    bench.interrupt { $0 == "HEAD r:i4-latest" }
    #expect(await bench.sweep().isInterrupted)
    bench.resume()
    bench.registry.adjust { $0.isDown = true }
    #expect(await bench.sweep().plan.summary == .init(blocked: 4, inSync: 5))
  }

  @Test func aHeldPassEndsTheSweepThatMadeWay() async throws {
    let bench = try await bench(3)
    let tip = await bench.journal.record.channels["latest"]?.applied
    bench.interrupt { $0 == "HEAD r:i1-latest" }
    #expect(await bench.sweep().isInterrupted)
    bench.resume()
    bench.branches.point(at: .unknown("git died"))
    #expect(await bench.sweep().error == "git died")
    #expect(!bench.channel.hasUnfinishedSweep)
    try bench.registry.push(9, to: "r:i0-latest")
    bench.branches.point(at: .commit(try #require(tip)))
    #expect(await bench.sweep().plan.summary == .init(move: 1, inSync: 2))
  }

  @Test(arguments: [(300, 60, 2), (300, 61, 3), (30, 30, 2), (30, 31, 3)])
  func aSweepThatLayStillForLongBeginsAnew(interval: Int, seconds: Int, asked: Int) async throws {
    let bench = try await bench(3)
    let channel = bench.daemonChannel(sweepInterval: .seconds(interval))
    bench.interrupt { $0 == "HEAD r:i0-latest" }
    #expect(await channel.pass(.sweep, beside: []).isInterrupted)
    bench.resume()
    _ = bench.registry.takeLog()
    bench.time.advance(by: .seconds(seconds))
    _ = await channel.pass(.sweep, beside: [])
    #expect(bench.registry.takeLog().count == asked)
  }
}

/// Holds of a registry that does not answer.
@Suite struct SilenceTests {
  func bench() async throws -> Bench {
    let bench = try Bench()
    try bench.branches.commit(["r/a": 1, "r/b": 2])
    await bench.sweep()
    bench.registry.adjust { $0.isDown = true }
    #expect(await bench.sweep().error == "registry.example: connection refused")
    _ = bench.events.taken()
    return bench
  }

  @Test func aPassThatAsksNothingDoesNotEndTheHold() async throws {
    let bench = try await bench()
    let commit = try bench.branches.commit(["r/a": 1, "r/b": 2])
    let report = await bench.commitPass()
    #expect(report.error == "registry.example: connection refused")
    #expect(bench.events.taken() == [])
    #expect(await bench.journal.record.channels["latest"]?.converged != commit)
    bench.registry.adjust { $0.isDown = false }
    #expect(await bench.sweep().error == nil)
    #expect(bench.events.taken().first == .resumed(channel: "latest"))
    #expect(await bench.journal.record.channels["latest"]?.converged == commit)
  }

  @Test func aWriteThatIsAnsweredEndsTheHold() async throws {
    let bench = try await bench()
    try bench.branches.commit(["r/a": 3, "r/b": 2])
    #expect(await bench.commitPass().error == "registry.example: connection refused")
    #expect(!bench.events.taken().contains(.resumed(channel: "latest")))
    bench.registry.adjust { $0.isDown = false }
    bench.time.advance(by: .seconds(15))
    #expect(await bench.commitPass().error == nil)
    #expect(bench.events.taken().contains(.resumed(channel: "latest")))
    #expect(bench.registry.tags == ["r:a-latest": 3, "r:b-latest": 2])
  }
}
