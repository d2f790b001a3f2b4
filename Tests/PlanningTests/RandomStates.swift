import Model
import TestSupport

/// Small states over few images, digests, holds and days, so that sides meet in the same fields.
struct RandomStates {
  var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

  mutating func state() throws -> DesiredState {
    var entries: [DesiredState.Entry] = []
    for repository in ["a", "a/b", "z"] {
      for image in ["3.20", "no", "Ubuntu_22", "x-1"] where chance(60) {
        entries.append(try entry(key("\(repository)/\(image)")))
      }
    }
    return try DesiredState(entries)
  }

  mutating func entry(_ key: ImageKey) throws -> DesiredState.Entry {
    DesiredState.Entry(
      key: key, digest: digest(.random(in: 1...3, using: &random)), hold: chance(30) ? "why" : nil,
      eol: chance(30) ? try Day("2027-04-21") : nil)
  }

  /// `state` with about `percent` of its images changed or removed, and others added.
  mutating func changed(_ state: DesiredState, percent: Int) throws -> DesiredState {
    let other = try self.state()
    let keys = Set(state.entries.map(\.key)).union(other.entries.map(\.key)).sorted()
    return try DesiredState(keys.compactMap { chance(percent) ? other[$0] : state[$0] })
  }
}
