import Model
import Planning
import Testing
import TestSupport

@Suite struct DriftGraceTests {
  @Test func withinAMinuteTwoSweepsMustAgree() throws {
    var grace = DriftGrace()
    let tag = try reference("r:a")
    grace.wrote(digest(1), to: tag, at: .seconds(0))
    #expect(grace.judge(.present(digest(9)), of: tag, at: .seconds(5)) == .present(digest(1)))
    #expect(grace.judge(.present(digest(9)), of: tag, at: .seconds(10)) == .present(digest(9)))
  }

  @Test func sweepsThatDisagreeAreNotDrift() throws {
    var grace = DriftGrace()
    let tag = try reference("r:a")
    grace.wrote(digest(1), to: tag, at: .seconds(0))
    #expect(grace.judge(.present(digest(9)), of: tag, at: .seconds(5)) == .present(digest(1)))
    #expect(grace.judge(.present(digest(1)), of: tag, at: .seconds(10)) == .present(digest(1)))
    #expect(grace.judge(.absent, of: tag, at: .seconds(15)) == .present(digest(1)))
    #expect(grace.judge(.present(digest(9)), of: tag, at: .seconds(20)) == .present(digest(1)))
  }

  @Test func afterAMinuteOneSweepIsEnough() throws {
    var grace = DriftGrace()
    let tag = try reference("r:a")
    grace.wrote(digest(1), to: tag, at: .seconds(0))
    #expect(grace.judge(.absent, of: tag, at: .seconds(60)) == .absent)
  }

  @Test func unknownIsNeverTakenForInSync() throws {
    var grace = DriftGrace()
    let tag = try reference("r:a")
    grace.wrote(digest(1), to: tag, at: .seconds(0))
    let unknown = Observation.unknown(.init("timeout"))
    #expect(grace.judge(unknown, of: tag, at: .seconds(5)) == unknown)
  }
}

@Suite struct ServerErrorStreakTests {
  let failure = Observation.unknown(.init(isServerError: true, "500"))

  @Test func threeSweepsBesideAnsweringNeighbours() throws {
    var streak = ServerErrorStreak()
    let sweep: [TagReference: Observation] = [try reference("r:a"): failure, try reference("r:b"): .absent]
    streak.count(sweep)
    streak.count(sweep)
    #expect(streak.torn == [])
    streak.count(sweep)
    #expect(streak.torn == [try reference("r:a")])
    streak.count([try reference("r:a"): .present(digest(1))])
    #expect(streak.torn == [])
  }

  @Test func aRepositoryThatIsDownSaysNothing() throws {
    var streak = ServerErrorStreak()
    for _ in 0..<5 {
      streak.count([
        try reference("r:a"): failure, try reference("r:b"): failure, try reference("s:c"): .absent,
      ])
    }
    #expect(streak.torn == [])
  }

  @Test func otherFailuresDoNotCount() throws {
    var streak = ServerErrorStreak()
    for _ in 0..<5 {
      streak.count([try reference("r:a"): .unknown(.init("timeout")), try reference("r:b"): .absent])
    }
    #expect(streak.torn == [])
  }
}
