import Model
import Planning
import TestSupport
import Testing

/// Which tags `createFrom` may touch.
struct CreatedTagsTests {
  private let template: TagTemplate

  init() throws { template = try TagTemplate("{image}") }

  private func source(_ states: [(state: DesiredState, isValid: Bool)]) throws -> CreateFrom {
    CreateFrom(channel: "staging", state: states.last!.state, history: try history(states))
  }

  private func history(_ states: [(state: DesiredState, isValid: Bool)]) throws -> BranchHistory {
    var history = BranchHistory()
    for (index, (state, isValid)) in states.enumerated() {
      history.append(
        .init(
          commit: try commit(index + 1), time: Timestamp(seconds: Int64(index)), entries: state.entries,
          isValid: isValid))
    }
    return history
  }

  private func plan(
    _ source: CreateFrom, observed: Digest, created: Set<ImageKey>, settled: [TagReference: Digest] = [:],
    besides own: BranchHistory = BranchHistory(), _ state: DesiredState = .empty, tombstones: Set<Digest> = []
  ) throws -> [Change] {
    let declared = try DeclaredTags(state, template: template)
      .adding(source.created(besides: own), template: template)
    var input = PlanInput(
      declared: declared, template: template, observed: [try reference("r:a"): .present(observed)],
      settled: settled,
      prune: PruneInput(
        history: own.owning(created, from: source), appliedImages: 100, tombstones: tombstones))
    input.created = created
    return Plan(input).changes
  }

  @Test func aTagThatWasThereBeforeIsSomebodyElses() throws {
    let source = try source([(state(["r/a": 1]), true)])
    let held = try plan(source, observed: digest(9), created: [])
    #expect(held.map(\.action) == [.held] && held[0].reason?.hasPrefix("foreign digest ") == true)
    #expect(try plan(source, observed: digest(9), created: [key("r/a")]).map(\.action) == [.move])
    #expect(
      try plan(source, observed: digest(9), created: [], settled: [reference("r:a"): digest(1)]).map(\.action)
        == [.move])
    #expect(
      try plan(source, observed: digest(9), created: [], tombstones: [digest(9)]).map(\.action) == [.move])
  }

  @Test func onlyWhatWasCreatedHereIsDeletedHere() throws {
    let source = try source([(state(["r/a": 1]), true), (.empty, true)])
    #expect(try plan(source, observed: digest(1), created: []).isEmpty)
    #expect(try plan(source, observed: digest(1), created: [key("r/a")]).map(\.cause) == [.prune])
  }

  @Test func whatWasCreatedIsOursStillWhereTheBranchDeclaredAnotherDigestAndRemovedIt() throws {
    let rest = try state(["r/b": 2])
    let own = try history([(rest, true), (state(["r/a": 3, "r/b": 2]), true), (rest, true)])
    let source = try source([(state(["r/a": 1]), true), (.empty, true)])
    func plan(_ created: Set<ImageKey>) throws -> Change? {
      try self.plan(source, observed: digest(1), created: created, besides: own, rest)
        .first { $0.cause == .prune }
    }
    #expect(try plan([])?.reason?.hasPrefix("foreign digest ") == true)
    #expect(try plan([key("r/a")])?.action == .delete)
  }

  @Test func aStateThatWasNeverAppliedGivesNoDigest() throws {
    let source = try source([(state(["r/a": 1]), false), (state(["r/a": 2]), true)])
    #expect(source.created(besides: BranchHistory()).map(\.generation.digest) == [digest(2)])
    #expect(try source.history.images[key("r/a")]?.digests == [digest(1), digest(2)])
  }

  /// A rollout brought a created image's entry and was rolled back: the tag goes back to what it was created with.
  @Test func aRollbackOfTheRolloutLeavesWhatWasCreated() throws {
    let source = try source([(state(["r/a": 1]), true), (state(["r/a": 2]), true)])
    let own = try rolledBack()
    let image = try key("r/a")
    #expect(source.created(besides: own, again: [image]).map(\.generation.digest) == [digest(1)])
    // What was here before it was created is the branch's own to remove.
    #expect(source.created(besides: own, again: []).isEmpty)
    #expect(try own.owning([], from: source).images[image]?.removal?.commit == commit(2))
  }

  @Test func whatTheSourceHoldsOrIsNotKnownToHaveDroppedStays() throws {
    let (own, image) = (try rolledBack(), try key("r/a"))
    let held = DesiredState(ascending: [.init(key: image, digest: digest(1), hold: "broken")])
    let source = try source([(state(["r/a": 1]), true), (held, true)])
    #expect(source.created(besides: own, again: [image]).isEmpty)
    #expect(own.owning([image], from: source).images[image]?.removal == nil)
    #expect(own.sparing([image]).images[image]?.removal == nil)
    let dropped = try self.source([(state(["r/a": 1]), true), (.empty, true)])
    #expect(own.owning([image], from: dropped).images[image]?.removal?.isAllowed == true)
  }

  private func rolledBack() throws -> BranchHistory {
    var own = BranchHistory()
    for (number, entries) in [(1, try state(["r/a": 2]).entries), (2, [])] {
      own.append(
        .init(
          commit: try commit(number), time: Timestamp(seconds: Int64(number)), entries: entries,
          allowsPrune: number == 2))
    }
    return own
  }
}
