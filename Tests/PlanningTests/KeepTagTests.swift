import Model
import Planning
import TestSupport
import Testing

@Suite struct KeepTagTests {
  func tags(_ branch: Branch, _ template: String = "{image}-{date}-{commit}") throws -> [String: UInt8] {
    let tags = try KeepTag.tags(
      of: branch.state, branch.history, created: [], template: KeepTemplate(template))
    return Dictionary(uniqueKeysWithValues: tags.map { ($0.tag.description, $0.digest.number) })
  }

  /// Commit n is of the nth of January 1970, and a day later.
  func name(_ commit: Int) -> String { "a-1970-01-0\(commit + 1)-000000000000" }

  @Test func eachGenerationIsNamedSinceWhenItIsWithoutABreak() throws {
    var branch = Branch()
    try branch.declare(["a": 1])
    #expect(try tags(branch) == [name(1): 1])
    try branch.declare(["a": 1, "b": 1])
    try branch.declare(["a": 2])
    #expect(try tags(branch) == [name(1): 1, name(3): 2])
    // A rollback is a generation too.
    try branch.declare(["a": 1])
    #expect(try tags(branch) == [name(3): 2, name(4): 1])
    try branch.declare([:])
    try branch.declare(["a": 1])
    #expect(try tags(branch) == [name(6): 1])
  }

  @Test func ofOneTagTheEarlierGenerationHasIt() throws {
    var branch = Branch()
    try branch.declare(["a": 1])
    try branch.declare(["a": 2])
    // All commits of these tests have the same first digits.
    #expect(try tags(branch, "{image}-{commit}") == ["a-000000000000": 1])
  }

  @Test func whatIsCreatedIsKeptByTheSourcesCommit() throws {
    var main = Branch()
    try main.declare(["x": 1])
    try main.declare(["a": 7])
    try main.declare(["a": 8])
    let production = Branch(first: 100)
    let created = main.source.created(besides: production.history)
    let tags = try KeepTag.tags(
      of: production.state, production.history, created: created,
      template: KeepTemplate("{image}-{date}-{commit}"))
    #expect(tags.map(\.tag.description) == [name(2)])
    #expect(tags.map(\.digest) == [digest(7)])
    #expect(tags.map(\.isPast) == [false])
  }

  @Test func theEndOfAHoldBeginsNoGeneration() throws {
    var branch = Branch()
    try branch.declare(["a": 1], hold: ["a"])
    try branch.declare(["a": 1])
    #expect(try tags(branch) == [name(1): 1])
  }

  @Test func aDigestThatTheHistoryDoesNotKnowHasNoGeneration() throws {
    var branch = Branch()
    try branch.declare(["a": 1])
    let tags = try KeepTag.tags(
      of: state(["r/a": 9]), branch.history, created: [], template: KeepTemplate("{image}-{commit}"))
    #expect(tags == [])
  }

  @Test func aKeepTagIsNeverMoved() throws {
    var branch = Branch()
    try branch.declare(["a": 1])
    let tag = try #require(
      try KeepTag.tags(
        of: branch.state, branch.history, created: [], template: KeepTemplate("{image}-{commit}")
      ).first)
    #expect(tag.change(observed: nil) == nil)
    #expect(tag.change(observed: .present(digest(1)), declaredBy: "other") == nil)
    #expect(tag.change(observed: .absent)?.action == .create)
    #expect(tag.change(observed: .absent)?.cause == .keep)
    #expect(tag.change(observed: .unknown(.init("503")))?.action == .blocked)
    let moved = tag.change(observed: .present(digest(9)))
    #expect(moved?.action == .held)
    #expect(
      moved?.reason
        == "a keep tag is never moved, and this one has \(digest(9).short): where no rollback needs that, delete it by hand"
    )
    for observed: Observation in [.absent, .present(digest(9))] {
      let declared = tag.change(observed: observed, declaredBy: "other")
      #expect(declared?.action == .held)
      #expect(declared?.reason == "channel other declares this tag: change the template of keep")
    }
  }
}
