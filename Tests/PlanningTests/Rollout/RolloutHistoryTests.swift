import Model
import Planning
import TestSupport
import Testing

/// Random histories of what teams do in a year: after each step production is what people meant.
struct RolloutHistoryTests {
  @Test(arguments: 0..<10)
  func productionIsWhatPeopleMeant(block: UInt64) async throws {
    for seed in block * 25..<(block + 1) * 25 {
      var history = try await RandomHistory(seed: seed, Timelines())
      for step in 0..<60 {
        let (told, isAsMeant) = try await history.step()
        await Task.yield()  // other tests wait for answers
        let differences = try await history.differences
        try #require(isAsMeant, "seed \(seed), step \(step): \(told): \(differences)")
      }
    }
  }
}
