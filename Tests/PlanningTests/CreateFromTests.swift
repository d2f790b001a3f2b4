import Model
import Planning
import TestSupport
import Testing

/// A branch of one test: each commit declares images by name and digest number; `hold` names those that it holds.
struct Branch {
  private(set) var history = BranchHistory()
  private(set) var state = DesiredState.empty
  private var commits: Int

  /// - Parameter first: the number of the first commit: branches have commits of their own.
  init(first: Int = 0) { commits = first }

  mutating func declare(
    _ images: [String: UInt8], hold: Set<String> = [], isWhole: Bool = true, allows: Bool = false
  ) throws {
    let entries = try images.map { name, number in
      DesiredState.Entry(
        key: try key("r/\(name)"), digest: digest(number), hold: hold.contains(name) ? "broken" : nil)
    }
    let state = try DesiredState(entries)
    commits += 1
    history.append(
      .init(
        commit: try commit(commits), time: Timestamp(seconds: Int64(commits) * 86_400),
        entries: state.entries, isWhole: isWhole, allowsPrune: allows))
    if isWhole { self.state = state }
  }

  /// An empty commit with the line.
  mutating func approve() throws {
    commits += 1
    history.append(
      .init(
        commit: try commit(commits), time: Timestamp(seconds: Int64(commits) * 86_400), entries: nil,
        allowsPrune: true))
  }

  var source: CreateFrom { CreateFrom(channel: "staging", state: state, history: history) }

  /// The digest numbers of what a channel on this branch creates from `source`.
  func created(from source: Branch) -> [String: UInt8] {
    source.source.created(besides: history).reduce(into: [:]) { result, image in
      result[image.key.image.description] = image.generation.digest.number
    }
  }
}

extension Digest {
  /// What `digest(_:)` made it from.
  var number: UInt8 { UInt8(hex.prefix(2), radix: 16) ?? 0 }
}

@Suite struct CreateFromTests {
  @Test func anImageThatIsNewIsCreatedAtItsFirstDigestAndStaysThere() throws {
    var (main, production) = (Branch(), Branch(first: 100))
    try production.declare(["old": 1])
    try main.declare(["old": 1])
    try main.declare(["old": 2, "new": 3])
    #expect(production.created(from: main) == ["new": 3])
    try main.declare(["old": 2, "new": 4])
    #expect(production.created(from: main) == ["new": 3])
    let image = try #require(main.source.created(besides: production.history).first)
    #expect(image.generation.commit == (try commit(2)))
    try production.declare(["old": 1, "new": 4])
    #expect(production.created(from: main) == [:])
    // Rolled back: the branch declared it once, so it is the branch's to say.
    try production.declare(["old": 1])
    #expect(production.created(from: main) == [:])
  }

  @Test func aHoldKeepsOutAndItsEndCreatesWhatIsDeclaredThen() throws {
    var main = Branch()
    let production = Branch(first: 100)
    try main.declare(["a": 1, "b": 1], hold: ["a"])
    #expect(production.created(from: main) == ["b": 1])
    try main.declare(["a": 2, "b": 2], hold: ["a", "b"])
    #expect(production.created(from: main) == [:])
    try main.declare(["a": 3, "b": 3])
    #expect(production.created(from: main) == ["a": 3, "b": 1])
    // The digest that was held may be the one.
    try main.declare(["b": 3, "c": 5], hold: ["c"])
    try main.declare(["b": 3, "c": 5])
    #expect(production.created(from: main) == ["b": 1, "c": 5])
  }

  @Test func ofAnImageThatAnOldFileDeclaresTwiceTheFirstCounts() throws {
    var history = BranchHistory()
    let entries = try [UInt8(1), 2].map { DesiredState.Entry(key: try key("r/a"), digest: digest($0)) }
    history.append(.init(commit: try commit(1), time: Timestamp(seconds: 1), entries: entries))
    let image = try #require(history.images[try key("r/a")])
    #expect(image.present?.digest == digest(1) && image.previous == nil)
    #expect(image.digests == [digest(1), digest(2)])
  }

  @Test func aBreakBeginsANewDeclarationAndAnUnreadableCommitIsNone() throws {
    var main = Branch()
    let production = Branch(first: 100)
    try main.declare(["a": 1, "b": 1])
    try main.declare(["a": 2], isWhole: false)
    try main.declare(["a": 2, "b": 2])
    #expect(production.created(from: main) == ["a": 1, "b": 1])
    #expect(main.history.images[try key("r/b")]?.removal == nil)
    try main.declare(["a": 2])
    try main.declare(["a": 2, "b": 3])
    #expect(production.created(from: main) == ["a": 1, "b": 3])
  }

  @Test func anUnreadableCommitApprovesNothing() throws {
    var main = Branch()
    try main.declare(["a": 1, "b": 1])
    try main.declare(["a": 1])
    try main.declare([:], isWhole: false, allows: true)
    #expect(main.history.images[try key("r/b")]?.removal?.isAllowed == false)
    #expect(main.history.images[try key("r/a")]?.removal == nil)
  }

  @Test func theBranchsOwnTagWins() throws {
    var (main, production) = (Branch(), Branch(first: 100))
    try main.declare(["a": 1, "b": 1])
    try production.declare(["b": 2])
    let template = try TagTemplate("live")
    let tags = try DeclaredTags(production.state, template: template)
      .adding(main.source.created(besides: production.history), template: template)
    #expect(tags.entries.map(\.digest) == [digest(2)])
    // Nor are two created that would make one tag.
    let both = try DeclaredTags(.empty, template: template)
      .adding(main.source.created(besides: BranchHistory()), template: template)
    #expect(try both.entries.map(\.key) == [key("r/a")])
  }

  @Test func aCreationSaysSoAndItsLossIsDrift() throws {
    var input = try Self.input(main: ["a": 1], production: ["b": 2])
    #expect(Plan(input).changes.map(\.cause) == [.createFrom, .commit])
    input.settled = [try reference("r:a"): digest(1)]
    #expect(Plan(input).changes.map(\.cause) == [.drift, .commit])
    input.declaredElsewhere = [try reference("r:a"): .init(channel: "other", digest: digest(9))]
    #expect(
      Plan(input).changes.first?.reason
        == "channel other declares this tag with \(digest(9).short): change one template")
  }

  // Deletions

  @Test func whatTheSourceDropsIsDeletedWhereItsDigestIsTheSources() throws {
    func plan(_ present: UInt8, _ adjust: (inout PlanInput) throws -> Void = { _ in }) throws -> [Change] {
      var (main, production) = (Branch(), Branch(first: 100))
      try production.declare(["b": 2])
      try main.declare(["a": 1, "b": 1])
      try main.declare(["a": 3, "b": 1])
      try main.declare(["b": 1])
      var input = try Self.input(main, production)
      input.observed = [
        try reference("r:a"): .present(digest(present)), try reference("r:b"): .present(digest(2)),
      ]
      try adjust(&input)
      return Plan(input).changes
    }
    #expect(try plan(1).map(\.action) == [.delete])
    #expect(try plan(3).map(\.action) == [.delete])
    #expect(
      try plan(9).first?.reason
        == "foreign digest \(digest(9).short): channel staging's branch never declared it; delete it by hand")
    #expect(try plan(1) { $0.prune.appliedImages = nil }.map(\.action) == [.held])
    #expect(try plan(1) { $0.prune.historyGap = "shallow" }.map(\.reason) == ["shallow"])
  }

  @Test func anotherApprovalIsAskedOfTheSourcesBranch() throws {
    var (main, production) = (Branch(), Branch(first: 100))
    try production.declare(["z": 1])
    let images = Dictionary(uniqueKeysWithValues: (0..<11).map { ("a\($0)", UInt8(1)) })
    try main.declare(images.merging(["z": 1]) { $1 })
    try main.declare(["z": 1])
    func summary() throws -> [Change] {
      var input = try Self.input(main, production)
      for name in images.keys { input.observed[try reference("r:\(name)")] = .present(digest(1)) }
      input.observed[try reference("r:z")] = .present(digest(1))
      return Plan(input).changes
    }
    #expect(
      Set(try summary().map(\.reason)) == [
        "11 deletions exceed the cap of 10 a pass; to approve, land a commit with the line Tagkeeper-Allow: prune "
          + "on the branch of channel staging and no change of the state (an empty one will do)"
      ])
    // The line on the channel's own branch is not for what another branch removed.
    try production.approve()
    #expect(try summary().allSatisfy { $0.action == .held })
    try main.approve()
    #expect(try summary().allSatisfy { $0.action == .delete })
  }

  @Test func whatTheBranchOnceDeclaredIsNoneOfTheSourcesToDelete() throws {
    var (main, production) = (Branch(), Branch(first: 100))
    try production.declare(["a": 5, "b": 2])
    try main.declare(["a": 1, "b": 1])
    try main.declare(["b": 1])
    var input = try Self.input(main, production)
    input.observed = [
      try reference("r:a"): .present(digest(5)), try reference("r:b"): .present(digest(2)),
    ]
    #expect(Plan(input).changes == [])
    // Where the branch removed it too, that is by the branch's word, with any digest that either declared.
    try production.declare(["b": 2])
    let owned = production.history.owning([try key("r/a")], from: main.source).images[try key("r/a")]
    #expect(owned?.source == nil)
    #expect(owned?.digests == [digest(1), digest(5)])
  }

  @Test func aRepositoryThatDisappearsWholeIsHeldByWhoDeclaredIt() throws {
    func plan(main images: [String: UInt8]) throws -> [String?] {
      var (main, production) = (Branch(), Branch(first: 100))
      try production.declare(["z": 1, "s/own": 1])
      try production.declare(["z": 1])
      try main.declare(["z": 1, "s/a": 1, "s/b": 1])
      try main.declare(images)
      var input = try Self.input(main, production)
      for tag in ["r:z", "r/s:own", "r/s:a", "r/s:b"] {
        input.observed[try reference(tag)] = .present(digest(1))
      }
      return Plan(input).changes.map { "\($0.action) \($0.tag)" }
    }
    #expect(try plan(main: ["z": 1, "s/a": 1, "s/b": 1]) == ["held own"])
    #expect(try plan(main: ["z": 1, "s/b": 1]) == ["delete a", "held own"])
    #expect(try plan(main: ["z": 1]) == ["held a", "held b", "held own"])
  }

  static func input(_ main: Branch, _ production: Branch) throws -> PlanInput {
    let template = try TagTemplate("{image}")
    let declared = try DeclaredTags(production.state, template: template)
      .adding(main.source.created(besides: production.history), template: template)
    // Whatever main ever had was created here.
    let created = Set(main.history.images.keys)
    var input = PlanInput(
      declared: declared, template: template, observed: [:],
      prune: PruneInput(
        history: production.history.owning(created, from: main.source),
        appliedImages: production.state.entries.count))
    input.created = created
    return input
  }

  static func input(main: [String: UInt8], production: [String: UInt8]) throws -> PlanInput {
    var (source, own) = (Branch(), Branch(first: 100))
    try source.declare(main)
    try own.declare(production)
    return try input(source, own)
  }
}
