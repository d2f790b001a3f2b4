import Model
import Planning
import TestSupport
import Testing

/// The rows of the rollout rule, each alone.
struct RolloutRuleTests {
  /// Image a of one repository on both branches; a step is a commit a minute after the last.
  private struct Story {
    private var (main, production) = (BranchTimeline(), BranchTimeline())
    private var (mainState, productionState) = (DesiredState.empty, DesiredState.empty)
    private var time: Int64 = 0
    private var commits = 0
    private(set) var lastRollback: BranchTimeline.Commit?
    /// What production has beside main.
    private var arrived: [CommitID] = []

    /// - Parameter minutes: since the step before; the commit's time, whatever clock it was.
    mutating func main(
      _ number: UInt8?, hold: String? = nil, eol: Day? = nil, after minutes: Int64 = 1
    ) throws {
      time += minutes - 1
      mainState = try state(number, hold, eol)
      main.append(try nextCommit(), entries: mainState.entries)
    }

    /// - Parameter brings: whether the commit says that it came from main.
    mutating func production(
      _ number: UInt8?, hold: String? = nil, eol: Day? = nil, brings: Bool = false,
      isSoaked: Bool = false, after minutes: Int64 = 1, other: Bool = false
    ) throws {
      time += minutes - 1
      productionState = other ? try TestSupport.state(["r/z": number!]) : try state(number, hold, eol)
      let commit = try nextCommit(brings: brings ? [try #require(main.tip)] : [], isSoaked: isSoaked)
      lastRollback = commit
      arrived += commit.brings + [commit.id]
      production.append(commit, entries: productionState.entries)
    }

    /// A rollback or hotfix that lands as a pull request's merge does: it brings its own branch.
    mutating func pullRequest(_ number: UInt8) throws {
      productionState = try state(number, nil, nil)
      let tip = try nextCommit().id
      let commit = try nextCommit(brings: [tip])
      lastRollback = commit
      arrived += [tip, commit.id]
      production.append(commit, entries: productionState.entries)
    }

    func verdict(_ options: RolloutOptions = RolloutOptions()) throws -> RolloutVerdict {
      try #require(cut(options).verdicts.first)
    }

    func cut(_ options: RolloutOptions = RolloutOptions()) -> RolloutCut {
      RolloutCut(from: main, state: mainState, onto: production, state: productionState, options)
    }

    var now: Timestamp { Timestamp(seconds: time * 60) }

    private func state(_ number: UInt8?, _ hold: String?, _ eol: Day?) throws -> DesiredState {
      guard let number else { return .empty }
      return try DesiredState([.init(key: key("r/a"), digest: digest(number), hold: hold, eol: eol)])
    }

    private mutating func nextCommit(
      brings: [CommitID] = [], isSoaked: Bool = false
    ) throws -> BranchTimeline.Commit {
      time += 1
      commits += 1
      return .init(id: try commit(commits), time: now, brings: brings, isSoaked: isSoaked)
    }

    /// Main takes production in, as a person who keeps what main declares.
    mutating func mergeBack() throws {
      main.append(try nextCommit(), entries: mainState.entries, reaching: arrived)
    }

    var rollouts: [BranchTimeline.Landing] { production.rollouts(from: main) }

    /// Production as a branch that starts where main is.
    mutating func branchOff() throws {
      production = main
      productionState = mainState
    }
  }

  private func story(_ tell: (inout Story) throws -> Void) throws -> Story {
    var story = Story()
    try tell(&story)
    return story
  }

  @Test func theSameDigest() throws {
    let story = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
    }
    #expect(try story.verdict().action == .same && story.cut().isEmpty)
  }

  @Test func aHoldOnEitherBranch() throws {
    for isOnMain in [true, false] {
      let story = try story {
        try $0.main(1)
        try $0.production(1, hold: isOnMain ? nil : "why", brings: true)
        try $0.main(2, hold: isOnMain ? "why" : nil)
      }
      #expect(
        try story.verdict().reason == .held("why", onSource: isOnMain) && story.verdict().action == .keep)
      // Neither does --only lift it.
      #expect(try story.verdict(.init(only: [key("r/a")])).reason == .held("why", onSource: isOnMain))
    }
  }

  @Test func holdsOfTheCommandLine() throws {
    let story = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.main(2)
    }
    #expect(try story.verdict(.init(hold: [key("r/a")])).reason == .heldByOption)
    #expect(try story.verdict(.init(only: [key("r/b")])).reason == .notChosen)
    #expect(try story.verdict(.init(only: [key("r/a")])).action == .move)
  }

  @Test func afterARollout() throws {
    let story = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.main(2)
    }
    let verdict = try story.verdict()
    #expect(verdict.action == .move && verdict.reason == .rollout)
    #expect(verdict.from == digest(1) && verdict.to == digest(2))
    #expect(try story.cut().state == state(["r/a": 2]))
  }

  @Test func anAdditionAndARemoval() throws {
    let added = try story {
      try $0.main(1)
      try $0.production(nil)
    }
    #expect(try added.verdict().action == .add)
    let removed = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.main(nil)
    }
    #expect(try removed.verdict().action == .remove && removed.cut().state == .empty)
  }

  @Test func anImageThatMainNeverHad() throws {
    let story = try story {
      try $0.main(nil)
      try $0.production(1)
    }
    #expect(try story.verdict().reason == .onlyOnTarget && story.cut().isEmpty)
  }

  @Test func aRollbackWithoutAnyTrailer() throws {
    var story = try story {
      try $0.main(1)
      try $0.production(1)
      try $0.main(2)
      try $0.production(2)
      try $0.production(1)
    }
    #expect(try story.verdict().reason == .rolledBack(#require(story.lastRollback)))
    #expect(try story.verdict(.init(only: [key("r/a")])).reason == .chosen)
    try story.main(3)
    #expect(try story.verdict().reason == .supersedes(.rollback))
    // Main says it again: somebody looked at it.
    try story.main(2)
    #expect(try story.verdict().action == .move)
  }

  @Test func aHotfixUntilMainIsNewer() throws {
    var story = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.main(2)
      try $0.production(9)
    }
    #expect(try story.verdict().reason == .hotfix(#require(story.lastRollback)))
    try story.main(3)
    #expect(try story.verdict().reason == .supersedes(.hotfix))
  }

  @Test func aHotfixOfWhatMainHas() throws {
    let story = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.production(9)
    }
    #expect(try story.verdict().reason == .hotfix(#require(story.lastRollback)))
  }

  @Test func aHotfixOfAnImageThatMainRemoved() throws {
    let story = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.production(9)
      try $0.main(nil)
    }
    #expect(try story.verdict().reason == .hotfixOfRemoved)
  }

  @Test func aHotfixThatACutBroughtAlongStaysOne() throws {
    // Somebody put it on the cut's own branch before it landed.
    let story = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.main(2)
      try $0.production(9, brings: true)
    }
    #expect(try story.verdict().reason == .hotfix(#require(story.lastRollback)))
  }

  @Test func otherFieldsFollowMainUnlessPeopleWroteThem() throws {
    let (may, june) = (try Day("2027-05-01"), try Day("2027-06-01"))
    var story = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.main(1, eol: may)
    }
    #expect(try story.verdict().action == .fields && story.cut().state.entries[0].eol == may)
    try story.production(1, hold: "wait", eol: may, brings: true)
    try story.main(1, eol: june)
    #expect(
      story.cut().state.entries[0] == .init(key: try key("r/a"), digest: digest(1), hold: "wait", eol: june))
  }

  @Test func whatHasNotSoakedWaits() throws {
    let story = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.main(2)
      try $0.main(3)
    }
    func verdict(minutes: Int64) throws -> RolloutVerdict {
      let until = Timestamp(milliseconds: story.now.milliseconds - minutes * 60_000)
      return try story.verdict(.init(soak: Soak(until: until)))
    }
    #expect(try verdict(minutes: 0).to == digest(3))
    #expect(try verdict(minutes: 1).to == digest(2))
    #expect(try verdict(minutes: 2).reason == .soaking)
    // What a journal saw on the tag later than git counts from then.
    let seen = Soak(until: story.now) {
      $0.digest == digest(3) ? Timestamp(milliseconds: story.now.milliseconds + 1) : $0.time
    }
    #expect(try story.verdict(.init(soak: seen)).to == digest(2))
    // What never came onto the tag was never tried; each was declared until the next.
    let never = Soak(until: story.now) { $0.positions == 2..<Int.max ? nil : $0.time }
    #expect(try story.verdict(.init(soak: never)).to == digest(2))
    let blocked = Soak(until: story.now) { $0.positions == 1..<2 || $0.digest == digest(3) ? nil : $0.time }
    #expect(try story.verdict(.init(soak: blocked)).reason == .soaking)
  }

  @Test func whatMainWentBackFromNeverSoaks() throws {
    let story = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.main(2)
      try $0.main(3)
      try $0.main(2)
    }
    let beforeTheLast = Timestamp(milliseconds: story.now.milliseconds - 1)
    #expect(try story.verdict(.init(soak: Soak(until: beforeTheLast))).to == digest(2))
    var ahead = story
    try ahead.main(5)
    try ahead.production(5, brings: true)
    #expect(try ahead.verdict(.init(soak: Soak(until: beforeTheLast))).action == .same)
    try ahead.main(6)
    #expect(try ahead.verdict(.init(soak: Soak(until: beforeTheLast))).reason == .soaking)
  }

  @Test func atTheSameMomentWhatPeopleDidStands() throws {
    var story = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.main(2)
      try $0.production(2, brings: true)
      try $0.main(3)
      try $0.main(2)
      try $0.production(1, after: 0)
    }
    #expect(try story.verdict().reason == .rolledBack(#require(story.lastRollback)))
    try story.main(3, after: 0)
    try story.production(9, after: 0)
    #expect(try story.verdict().reason == .hotfix(#require(story.lastRollback)))
  }

  @Test func whatARolloutReplacedWasNotDropped() throws {
    let story = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.main(2)
      try $0.production(2, brings: true)
      try $0.main(3)
      // Main goes back to 2 while the rollout of 3 is on its way; then people go back to 1.
      try $0.main(2)
      try $0.production(3)
      try $0.production(1)
    }
    #expect(try story.verdict().reason == .supersedes(.rollback))
  }

  @Test func aFirstStateOfProductionsOwnGivesWay() throws {
    let story = try story {
      try $0.main(2)
      try $0.production(1)
    }
    #expect(try story.verdict().action == .move)
  }

  @Test func whatMainTakesOverLaterWasAHotfix() throws {
    for brings in [false, true] {
      let story = try story {
        try $0.main(1)
        try $0.production(1, brings: true)
        try $0.production(9, brings: brings)
        try $0.main(9)
        try $0.main(3)
      }
      #expect(try story.verdict().reason == .supersedes(.hotfix))
    }
  }

  @Test func theSharedPastIsMains() throws {
    let story = try story {
      try $0.main(1)
      try $0.main(2)
      try $0.main(1)
      try $0.branchOff()
      try $0.main(nil)
    }
    #expect(try story.verdict().action == .remove)
  }

  @Test func otherFieldsStayWhereTheImageIsHeld() throws {
    let june = try Day("2027-06-01")
    let story = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.main(1, eol: june)
    }
    #expect(try story.cut(.init(hold: [key("r/a")])).isEmpty)
    #expect(try story.cut(.init(only: [key("r/b")])).isEmpty)
    #expect(try story.cut(.init(only: [key("r/a")])).state.entries[0].eol == june)
  }

  @Test func aDigestSoaksAnewWhenItIsDeclaredAnew() throws {
    let story = try story {
      try $0.main(2)
      try $0.production(1)
      try $0.main(3)
      try $0.main(2)
    }
    // The journal saw 2 on the tag long ago.
    let soak = Soak(until: Timestamp(milliseconds: story.now.milliseconds - 1)) { _ in
      Timestamp(seconds: 0)
    }
    #expect(try story.verdict(.init(soak: soak)).to == digest(2))
    #expect(story.cut(.init(soak: soak)).verdicts[0].action == .move)
    let first = Soak(until: Timestamp(seconds: 0)) { _ in Timestamp(seconds: 0) }
    #expect(try story.verdict(.init(soak: first)).reason == .soaking)
  }

  @Test func aClockThatLagsDoesNotTurnBackTheBranch() throws {
    let story = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.main(4, after: 10)
      try $0.production(9, after: -5)
      try $0.main(3, after: -2)
    }
    // Main's 3 came after its 4, which was later than the hotfix.
    #expect(try story.verdict().reason == .supersedes(.hotfix))
  }

  @Test func aRollbackWithinARolloutIsOne() throws {
    // A reviewer took it back on the cut's branch, or a pull request brought a landed cut and a rollback.
    let story = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.main(2)
      try $0.production(2, brings: true)
      try $0.production(1, brings: true)
    }
    #expect(try story.verdict().reason == .rolledBack(#require(story.lastRollback)))
  }

  @Test func anOlderDigestWithinACutWasChosenByHand() throws {
    func story(isSoaked: Bool) throws -> Story {
      try self.story {
        try $0.main(1)
        try $0.production(1, brings: true)
        try $0.main(2)
        try $0.main(3)
        try $0.production(2, brings: true, isSoaked: isSoaked)
      }
    }
    let chosen = try story(isSoaked: false)
    #expect(try chosen.verdict().reason == .hotfix(#require(chosen.lastRollback)))
    #expect(try story(isSoaked: true).verdict().reason == .rollout)
  }

  @Test func aClockThatIsAheadEndsNoRollback() throws {
    for ahead in [Int64(60), 4_000_000] {
      let story = try story {
        // Main had 2 before: its digest alone doesn't tell that what was rolled back is old.
        try $0.main(2)
        try $0.main(1)
        try $0.production(1, brings: true)
        try $0.main(2, after: ahead)
        // Everybody else's clock is right.
        try $0.production(2, brings: true, after: 2 - ahead)
        try $0.production(1)
      }
      #expect(try story.verdict().reason == .rolledBack(#require(story.lastRollback)))
    }
  }

  @Test func anImageThatProductionHadFirstIsAHotfix() throws {
    let story = try story {
      try $0.production(5, other: true)
      try $0.main(1)
      try $0.production(7)
    }
    #expect(try story.verdict().reason == .hotfix(#require(story.lastRollback)))
  }

  @Test func aHoldThatMainTookBackHasEnded() throws {
    let story = try story {
      try $0.main(1, hold: "x")
      try $0.production(1, hold: "x", brings: true)
      try $0.main(2)
    }
    let verdict = try story.verdict()
    #expect(verdict.action == .move)
    #expect(try story.cut().state == state(["r/a": 2]))
    let removed = try self.story {
      try $0.main(1, hold: "x")
      try $0.production(1, hold: "x", brings: true)
      try $0.main(nil)
    }
    #expect(try removed.verdict().reason == .held("x", onSource: false))
  }

  @Test func whatACutsBranchRemovedByHandWasRolledBack() throws {
    let story = try story {
      try $0.main(nil)
      try $0.production(9)
      try $0.production(nil, brings: true)
      try $0.main(9)
    }
    #expect(try story.verdict().reason == .rolledBack(#require(story.lastRollback)))
  }

  @Test func productionsOwnDayStaysWhenTheDigestMoves() throws {
    let june = try Day("2027-06-01")
    let story = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.production(1, eol: june)
      try $0.main(2)
    }
    #expect(try story.cut().state.entries == [.init(key: key("r/a"), digest: digest(2), eol: june)])
  }

  @Test func noClockMakesNewWhatWasHereBefore() throws {
    // The landing's message was replaced, and main's clock was ahead.
    let story = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.main(2, after: 120)
      try $0.production(2, after: -100)
      try $0.production(1)
    }
    #expect(try story.verdict().reason == .rolledBack(#require(story.lastRollback)))
  }

  @Test func onlyTakesNothingThatMainNeverHad() throws {
    let story = try story {
      try $0.main(nil)
      try $0.production(9)
    }
    #expect(try story.verdict(.init(only: [key("r/a")])).reason == .onlyOnTarget)
  }

  @Test func aPullTheOtherWayRoundTakesNothingFromARolloutsPast() throws {
    var (main, production) = (BranchTimeline(), BranchTimeline())
    let (one, two, three) = (try state(["r/a": 1]), try state(["r/a": 2]), try state(["r/a": 3]))
    func commit(_ number: Int, brings: [Int] = []) throws -> BranchTimeline.Commit {
      .init(
        id: try TestSupport.commit(number), time: Timestamp(seconds: Int64(number)),
        brings: try brings.map { try TestSupport.commit($0) })
    }
    // They share a past that had 2: its digest alone doesn't tell that what was rolled back is old.
    for (number, state) in [(0, two), (1, one)] {
      main.append(try commit(number), entries: state.entries)
      production.append(try commit(number), entries: state.entries)
    }
    // Main's 2 was cut, landed and rolled back; then somebody's merge put it beside main's first parents.
    production.append(try commit(3, brings: [2]), entries: two.entries)
    production.append(try commit(4), entries: one.entries)
    main.append(try commit(9), entries: two.entries, reaching: [try TestSupport.commit(2)])
    let cut = RolloutCut(from: main, state: two, onto: production, state: one)
    #expect(cut.isEmpty)
    // A digest that only the merged side had before was a rollout's all the same.
    production.append(try commit(10, brings: [8]), entries: three.entries)
    main.append(try commit(11), entries: three.entries, reaching: [try TestSupport.commit(8)])
    main.append(try commit(12), entries: one.entries)
    let next = RolloutCut(from: main, state: one, onto: production, state: three)
    #expect(next.verdicts.map(\.reason) == [.rollout])
  }

  @Test func anImageThatIsBackOnMainIsNotRemovedWhileItSoaks() throws {
    let story = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.main(nil)
      try $0.main(2, after: 10)
    }
    let soak = Soak(until: Timestamp(milliseconds: story.now.milliseconds - 60_000))
    #expect(try story.verdict(.init(soak: soak)).reason == .soaking)
    let removed = try self.story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.main(nil)
    }
    #expect(try removed.verdict(.init(soak: Soak(until: removed.now))).action == .remove)
  }

  @Test func whatCameToMainTogetherWithARollbackWasNotBroughtByIt() throws {
    let story = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.main(2)
      try $0.production(2, brings: true)
      try $0.pullRequest(1)
      try $0.main(1)
      try $0.mergeBack()
      try $0.main(2)
      try $0.main(1)
      try $0.main(3)
    }
    #expect(story.rollouts.map(\.commit.time) == [Timestamp(seconds: 4 * 60)])
    #expect(try story.verdict().reason == .supersedes(.rollback))
  }

  @Test func aMergeBackMakesNothingOlder() throws {
    let hotfix = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.production(9)
      try $0.main(3)
      try $0.mergeBack()
    }
    #expect(try hotfix.verdict().reason == .supersedes(.hotfix))
    let rollback = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.main(2)
      try $0.production(2, brings: true)
      try $0.pullRequest(1)
      try $0.main(3)
      try $0.main(2)
      try $0.mergeBack()
    }
    #expect(try rollback.verdict().reason == .supersedes(.rollback))
  }

  @Test func aDigestOlderThanProductionsIsARollbackThoughProductionNeverHadIt() throws {
    // A weekly rollout skipped 2; then 3 broke, and somebody named 2.
    let back = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.main(2)
      try $0.main(3)
      try $0.production(3, brings: true)
      try $0.production(2)
    }
    #expect(try back.verdict().reason == .rolledBack(#require(back.lastRollback)))
    // The same after they went back to what production had.
    let further = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.main(2)
      try $0.main(3)
      try $0.production(3, brings: true)
      try $0.production(1)
      try $0.production(2)
    }
    guard case .rolledBack = try further.verdict().reason else {
      Issue.record("3 comes again")
      return
    }
    // Main went back meanwhile: what was on its way is no older for that.
    let late = try story {
      try $0.main(2)
      try $0.production(2, brings: true)
      try $0.main(3)
      try $0.main(2)
      try $0.production(3)
    }
    #expect(try late.verdict().reason == .rollout)
    // Taken over by hand, and newer than what was there.
    let forth = try story {
      try $0.main(1)
      try $0.production(1, brings: true)
      try $0.main(2)
      try $0.main(3)
      try $0.production(2)
    }
    #expect(try forth.verdict().reason == .rollout)
  }
}
