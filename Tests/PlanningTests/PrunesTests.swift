import Model
import Planning
import Testing
import TestSupport

@Suite struct PrunesTests {
  let template = try! TagTemplate("{image}")  // a literal that is a template

  /// A history of states, each a set of image numbers in repository `r`; image n has digest n.
  func history(_ steps: [(images: [UInt8]?, allows: Bool)]) throws -> BranchHistory {
    var history = BranchHistory()
    for (index, step) in steps.enumerated() {
      let entries = try step.images.map {
        try $0.map { try DesiredState.Entry(key: key("r/i\($0)"), digest: digest($0)) }
      }
      history.append(
        .init(
          commit: try commit(index), time: Timestamp(seconds: 0), entries: entries, allowsPrune: step.allows))
    }
    return history
  }

  func plan(
    _ history: BranchHistory, declared: [UInt8], present: [UInt8], applied: Int? = 100,
    _ adjust: (inout PlanInput) throws -> Void = { _ in }
  ) throws -> Plan {
    let state = try DesiredState(declared.map { try .init(key: key("r/i\($0)"), digest: digest($0)) })
    var observed: [TagReference: Observation] = [:]
    for number in present { observed[try reference("r:i\(number)")] = .present(digest(number)) }
    var input = PlanInput(
      declared: try DeclaredTags(state, template: template), template: template, observed: observed,
      prune: PruneInput(history: history, appliedImages: applied))
    try adjust(&input)
    return Plan(input)
  }

  @Test func aRemovedImageIsDeleted() throws {
    let plan = try plan(history([([1, 2], false), ([1], false)]), declared: [1], present: [1, 2])
    #expect(plan.changes.map(\.action) == [.delete])
    #expect(plan.changes[0].from == digest(2))
    #expect(plan.changes[0].to == nil)
    #expect(plan.changes[0].cause == .prune)
    #expect(plan.inSync == 1)
  }

  @Test func whatTheBranchNeverDeclaredIsLeftAlone() throws {
    let plan = try plan(history([([1], false)]), declared: [1], present: [1, 7, 8])
    #expect(plan.changes == [])
  }

  @Test func absentAndUnaskedTagsNeedNothing() throws {
    let plan = try plan(history([([1, 2, 3], false), ([1], false)]), declared: [1], present: [1]) {
      $0.observed[try reference("r:i2")] = .absent
    }
    #expect(plan.changes == [])
  }

  @Test func anUnknownTagIsBlockedNeverDeleted() throws {
    let plan = try plan(history([([1, 2], false), ([1], false)]), declared: [1], present: [1]) {
      $0.observed[try reference("r:i2")] = .unknown(.init(isServerError: true, "500"))
      $0.torn = [try reference("r:i2")]
    }
    #expect(plan.changes.map(\.action) == [.blocked])
  }

  @Test func aForeignDigestIsHeld() throws {
    let plan = try plan(history([([1, 2], false), ([1], false)]), declared: [1], present: [1]) {
      $0.observed[try reference("r:i2")] = .present(digest(99))
    }
    #expect(plan.changes.map(\.action) == [.held])
    #expect(plan.changes[0].reason?.contains("foreign digest") == true)
  }

  @Test func ourOwnTombstoneMayGo() throws {
    let plan = try plan(history([([1, 2], false), ([1], false)]), declared: [1], present: [1]) {
      $0.observed[try reference("r:i2")] = .present(digest(99))
      $0.prune.tombstones = [digest(99)]
    }
    #expect(plan.changes.map(\.action) == [.delete])
  }

  @Test func anEarlierDigestOfTheImageMayGo() throws {
    var history = BranchHistory()
    let entries = try [digest(1), digest(2)].map { [try DesiredState.Entry(key: key("r/a"), digest: $0)] }
    history.append(.init(commit: try commit(1), time: Timestamp(seconds: 0), entries: entries[0]))
    history.append(.init(commit: try commit(2), time: Timestamp(seconds: 0), entries: entries[1]))
    history.append(
      .init(
        commit: try commit(3), time: Timestamp(seconds: 0),
        entries: try [.init(key: key("r/z"), digest: digest(3))]))
    let plan = try plan(history, declared: [], present: []) {
      $0.declared = try DeclaredTags(state(["r/z": 3]), template: template)
      $0.observed = [try reference("r:a"): .present(digest(1)), try reference("r:z"): .present(digest(3))]
    }
    #expect(plan.changes.map(\.action) == [.delete])
  }

  @Test func anIncompleteHistoryHoldsEveryDelete() throws {
    let plan = try plan(history([([1, 2], false), ([1], true)]), declared: [1], present: [1, 2]) {
      $0.prune.historyGap = "the clone is shallow: run git fetch --unshallow"
    }
    #expect(plan.changes.map(\.action) == [.held])
    #expect(plan.changes[0].reason == "the clone is shallow: run git fetch --unshallow")
  }

  @Test func aFirstPassHoldsEveryDelete() throws {
    let plan = try plan(
      history([([1, 2], false), ([1], true)]), declared: [1], present: [1, 2], applied: nil)
    #expect(plan.changes.map(\.action) == [.held])
  }

  @Test func whatAnotherChannelDeclaresIsLeftAlone() throws {
    let history = try history([([1, 2], false), ([1], false)])
    let plan = try plan(history, declared: [1], present: [1, 2]) {
      $0.declaredElsewhere = [try reference("r:i2"): .init(channel: "other", digest: digest(2))]
    }
    #expect(plan.changes == [])
  }

  @Test func whatAnUnreadChannelMayDeclareIsHeld() throws {
    let history = try history([([1, 2], false), ([1], false)])
    let plan = try plan(history, declared: [1], present: [1, 2]) {
      $0.unreadChannels = [.init(channel: "other", template: template)]
    }
    #expect(plan.changes.map(\.action) == [.held])
  }

  @Test func aReferrersTagIsNeverDeleted() throws {
    let name = "r/sha256-" + String(repeating: "ab", count: 32)
    var history = BranchHistory()
    history.append(
      .init(
        commit: try commit(1), time: Timestamp(seconds: 0),
        entries: try [.init(key: key(name), digest: digest(1))]))
    history.append(
      .init(
        commit: try commit(2), time: Timestamp(seconds: 0),
        entries: try [.init(key: key("r/z"), digest: digest(2))]))
    let plan = try plan(history, declared: [], present: []) {
      $0.declared = try DeclaredTags(state(["r/z": 2]), template: template)
      $0.observed = [
        try reference(name.replacing("/", with: ":")): .present(digest(1)),
        try reference("r:z"): .present(digest(2)),
      ]
    }
    #expect(plan.changes.map(\.action) == [.held])
  }

  // The cap

  @Test(arguments: [(0, 10), (33, 10), (34, 10), (40, 12), (262, 78)])
  func theCapIsTheLargerOfTenAndThirtyPercent(_ applied: Int, _ cap: Int) {
    #expect(PruneCap.tags(ofImages: applied) == cap)
  }

  @Test func overTheCapEveryUnallowedDeleteIsHeldAndMovesGoOn() throws {
    let all = [UInt8](1...20)
    let history = try history([(all, false), ([20], false)])
    let plan = try plan(history, declared: [20], present: Array(all.dropLast()), applied: 20)
    #expect(plan.summary.held == 19)
    #expect(plan.summary.delete == 0)
    #expect(plan.summary.create == 1)
    #expect(plan.changes.contains { $0.reason?.contains(allowPruneLine) == true })
  }

  @Test func upToTheCapDeletesGoThrough() throws {
    let all = [UInt8](1...11)
    let plan = try plan(history([(all, false), ([11], false)]), declared: [11], present: all, applied: 11)
    #expect(plan.summary.delete == 10)
  }

  @Test func oneOverTheCapHoldsThemAll() throws {
    let all = [UInt8](1...12)
    let plan = try plan(history([(all, false), ([12], false)]), declared: [12], present: all, applied: 12)
    #expect(plan.summary == .init(held: 11, inSync: 1))
  }

  @Test func untilEachRemovedTagIsAskedAboutOnlyAllowedDeletesGo() throws {
    let history = try history([([1, 2, 3, 4], false), ([1, 3, 4], true), ([1], false)])
    let partly = try plan(history, declared: [1], present: [1, 2, 3])
    #expect(partly.changes.map(\.tag.description) == ["i2"])
    let whole = try plan(history, declared: [1], present: [1, 2, 3, 4])
    #expect(whole.changes.map(\.tag.description) == ["i2", "i3", "i4"])
  }

  @Test func allowedDeletesDoNotCount() throws {
    let all = [UInt8](1...40)
    let history = try history([(all, false), (Array(15...40), true), (Array(25...40), false)])
    let plan = try plan(history, declared: Array(25...40), present: all, applied: 26)
    #expect(plan.summary.delete == 24)
  }

  @Test func aRepositoryThatDisappearsWholeIsHeldUnlessAllowed() throws {
    for allows in [false, true] {
      var history = BranchHistory()
      let both = try ["r/a", "s/b"].map { try DesiredState.Entry(key: key($0), digest: digest(1)) }
      history.append(.init(commit: try commit(1), time: Timestamp(seconds: 0), entries: both))
      history.append(
        .init(commit: try commit(2), time: Timestamp(seconds: 0), entries: [both[0]], allowsPrune: allows))
      let plan = try plan(history, declared: [], present: []) {
        $0.declared = try DeclaredTags(DesiredState([both[0]]), template: template)
        $0.observed = [try reference("r:a"): .present(digest(1)), try reference("s:b"): .present(digest(1))]
      }
      #expect(plan.changes.map(\.action) == [allows ? .delete : .held])
    }
  }
}
