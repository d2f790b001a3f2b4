import Model
import Planning
import Testing
import TestSupport

/// Laws that hold for any history and any registry.
@Suite struct ConvergenceTests {
  @Test(arguments: 0..<200 as Range<UInt64>)
  func planningAfterApplyingGivesAnEmptyPlan(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let template = try TagTemplate("{image}-latest")
    var history = BranchHistory()
    var entries: [DesiredState.Entry] = []
    for number in 0..<Int.random(in: 1...8, using: &random) {
      entries = try (0..<12).compactMap { image in
        guard Int.random(in: 0..<3, using: &random) > 0 else { return nil }
        return try .init(
          key: key("r\(image % 2)/i\(image)"), digest: digest(.random(in: 0...5, using: &random)))
      }
      history.append(
        .init(commit: try commit(number), time: Timestamp(seconds: 0), entries: entries, allowsPrune: true))
    }
    var observed: [TagReference: Observation] = [:]
    let tags = try (0..<12).map { try reference("r\($0 % 2):i\($0)-latest") }
    for tag in tags {
      observed[tag] =
        Bool.random(using: &random) ? .absent : .present(digest(.random(in: 0...7, using: &random)))
    }
    var input = PlanInput(
      declared: try DeclaredTags(DesiredState(entries), template: template), template: template,
      observed: observed,
      prune: PruneInput(history: history, appliedImages: 12))
    let plan = Plan(input)
    for change in plan.changes where change.action != .held {
      input.observed[change.reference] = change.to.map { .present($0) } ?? .absent
    }
    let next = Plan(input)
    #expect(
      next.changes.allSatisfy { $0.action == .held && $0.reason?.contains("foreign") == true }, "seed \(seed)"
    )
    #expect(next.inSync == entries.count, "seed \(seed)")
    for entry in input.declared.entries { #expect(input.observed[entry.reference] == .present(entry.digest)) }
    for (tag, before) in observed where input.declared[tag] == nil && before != input.observed[tag] {
      let image = try #require(
        history.images.first { $0.key.image.description + "-latest" == tag.tag.description })
      #expect(
        image.value.digests.contains(try #require(before.digest)), "deleted a foreign digest, seed \(seed)")
    }
  }
}
