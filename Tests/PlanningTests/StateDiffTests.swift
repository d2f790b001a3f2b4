import Model
import Planning
import Testing
import TestSupport

@Suite struct StateDiffTests {
  @Test func everyKindOfChange() throws {
    func entry(
      _ name: String, _ number: UInt8, hold: String? = nil, eol: String? = nil
    ) throws -> DesiredState.Entry {
      try .init(key: key(name), digest: digest(number), hold: hold, eol: eol.map { try Day($0) })
    }
    let old = try DesiredState([
      entry("a/gone", 1, hold: "x"), entry("b/moved", 1), entry("b/same", 1, hold: "x"),
      entry("c/fields", 1, hold: "x", eol: "2027-04-21"), entry("z/gone", 1),
    ])
    let new = try DesiredState([
      entry("a/added", 2), entry("b/moved", 2), entry("b/same", 1, hold: "x"),
      entry("c/fields", 1, hold: "y"), entry("y/added", 2, eol: "2027-04-21"),
    ])
    let differences = new.difference(from: old)
    #expect(
      differences.map(\.key.description) == [
        "a/added", "a/gone", "b/moved", "c/fields", "y/added", "z/gone",
      ])
    #expect(differences.map(\.isAdded) == [true, false, false, false, true, false])
    #expect(differences.map(\.isRemoved) == [false, true, false, false, false, true])
    #expect(differences.map(\.isMoved) == [false, false, true, false, false, false])
    #expect(differences.map(\.digest?.from) == [nil, digest(1), digest(1), nil, nil, digest(1)])
    #expect(differences.map(\.digest?.to) == [digest(2), nil, digest(2), nil, digest(2), nil])
    #expect(differences.map(\.hold?.from) == [nil, "x", nil, "x", nil, nil])
    #expect(differences.map(\.hold?.to) == [nil, nil, nil, "y", nil, nil])
    #expect(differences.map(\.eol?.from?.description) == [nil, nil, nil, "2027-04-21", nil, nil])
    #expect(differences.map(\.eol?.to?.description) == [nil, nil, nil, nil, "2027-04-21", nil])
  }

  /// The differences are exactly the keys whose entries differ, and applying them to the old state gives the new one.
  @Test func applyingTheDifferenceGivesTheNewState() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    for index in 0..<500 {
      var states = RandomStates(seed: seed &+ UInt64(index))
      let old = try states.state()
      let new = try states.changed(old, percent: 40)
      let differences = new.difference(from: old)
      let keys = Set(old.entries.map(\.key)).union(new.entries.map(\.key)).sorted()
      try #require(
        differences.map(\.key) == keys.filter { old[$0] != new[$0] }, "seed \(seed &+ UInt64(index))")
      try #require(
        differences.allSatisfy { $0.old == old[$0.key] && $0.new == new[$0.key] },
        "seed \(seed &+ UInt64(index))")
      try #require(old.difference(from: old).isEmpty)
    }
  }
}
