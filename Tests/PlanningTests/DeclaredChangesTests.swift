import Model
import Planning
import Testing
import TestSupport

@Suite struct DeclaredChangesTests {
  let template = try! TagTemplate("{image}-latest")  // a literal that is a template

  func plan(
    _ state: DesiredState, _ observed: [TagReference: Observation],
    _ adjust: (inout PlanInput) throws -> Void = { _ in }
  ) throws -> Plan {
    var input = PlanInput(
      declared: try DeclaredTags(state, template: template), template: template, observed: observed,
      prune: PruneInput(history: BranchHistory(), appliedImages: 100))
    try adjust(&input)
    return Plan(input)
  }

  @Test func createsMovesAndLeavesAlone() throws {
    let plan = try plan(
      state(["r/a": 1, "r/b": 2, "r/c": 3]),
      [
        reference("r:a-latest"): .absent, reference("r:b-latest"): .present(digest(9)),
        reference("r:c-latest"): .present(digest(3)),
        reference("r:unrelated"): .present(digest(7)),
      ])
    #expect(plan.changes.map(\.action) == [.create, .move])
    #expect(plan.changes.map(\.from) == [nil, digest(9)])
    #expect(plan.changes.map(\.to) == [digest(1), digest(2)])
    #expect(plan.changes.allSatisfy { $0.cause == .commit })
    #expect(plan.inSync == 1)
  }

  @Test func whatLeftTheDigestItHadIsDrift() throws {
    let plan = try plan(
      state(["r/a": 1, "r/b": 2]), [reference("r:a-latest"): .absent, reference("r:b-latest"): .absent]
    ) {
      $0.settled = [try reference("r:a-latest"): digest(1), try reference("r:b-latest"): digest(1)]
    }
    #expect(plan.changes.map(\.cause) == [.drift, .commit])
  }

  @Test func unknownIsBlockedWithItsMessage() throws {
    let failure = Observation.Failure("registry.example: 503 Service Unavailable")
    let plan = try plan(state(["r/a": 1]), [reference("r:a-latest"): .unknown(failure)])
    #expect(plan.changes.map(\.action) == [.blocked])
    #expect(plan.changes.map(\.reason) == ["registry.example: 503 Service Unavailable"])
  }

  @Test func aTornTagIsWritten() throws {
    let failure = Observation.Failure(isServerError: true, "500")
    let plan = try plan(state(["r/a": 1]), [reference("r:a-latest"): .unknown(failure)]) {
      $0.torn = [try reference("r:a-latest")]
    }
    #expect(plan.changes.map(\.action) == [.move])
  }

  @Test func aTagThatAnotherChannelDeclaresOtherwiseIsHeld() throws {
    let other = PlanInput.OtherDeclaration(channel: "stable", digest: digest(2))
    let plan = try plan(state(["r/a": 1, "r/b": 2]), [:]) {
      $0.declaredElsewhere = [try reference("r:a-latest"): other, try reference("r:b-latest"): other]
    }
    #expect(plan.changes.map(\.action) == [.held, .create])
  }

  @Test func twoImagesWithOneTagAreRefused() throws {
    let state = try state(["r/a": 1, "r/b": 2])
    #expect(throws: InvalidValue.self) { try DeclaredTags(state, template: TagTemplate("stable")) }
    let apart = try DesiredState(state.entries.filter { $0.key.image.description == "a" })
    #expect(
      try DeclaredTags(apart, template: TagTemplate("stable")).entries.map(\.tag.description) == ["stable"])
  }

  @Test func keysDeclaredAnewAreFound() throws {
    let old = try state(["r/a": 1, "r/b": 2, "r/c": 3, "s/a": 1])
    let new = try state(["q/z": 1, "r/b": 3, "r/c": 3, "r/d": 4, "s/a": 1])
    #expect(old.keysDeclaredAnew(in: new).map(\.description) == ["q/z", "r/b", "r/d"])
    #expect(new.keysDeclaredAnew(in: new) == [])
  }
}
