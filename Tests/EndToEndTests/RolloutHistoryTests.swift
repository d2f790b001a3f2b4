import Glibc
import TestSupport
import Testing

/// Random histories by the real git and the built program. `scripts/histories` plays many; the suite a few.
struct RolloutHistoryTests {
  private static let count = number("TAGKEEPER_HISTORIES") ?? 4
  private static let firstSeed = number("TAGKEEPER_HISTORIES_SEED") ?? 20_261_122
  /// More at once would only wait for one another.
  private static let players = 4

  @Test(arguments: 0..<players)
  func productionIsWhatPeopleMeant(player: Int) async throws {
    for number in stride(from: player, to: Self.count, by: Self.players) {
      try await play(seed: UInt64(Self.firstSeed + number))
    }
  }

  private func play(seed: UInt64) async throws {
    try await withTemporaryDirectory { folder in
      var history = try await RandomHistory(seed: seed, GitBranches(folder))
      for step in 0..<60 {
        let (told, isAsMeant) = try await history.step()
        let differences = try await history.differences
        try #require(isAsMeant, "seed \(seed), step \(step): \(told): \(differences)")
      }
    }
  }

  private static func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }
}
