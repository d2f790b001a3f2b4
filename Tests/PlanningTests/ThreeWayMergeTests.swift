import Model
import Planning
import Testing
import TestSupport

@Suite struct ThreeWayMergeTests {
  private func entry(
    _ name: String, _ number: UInt8, hold: String? = nil, eol: String? = nil
  ) throws -> DesiredState.Entry {
    try DesiredState.Entry(key: key(name), digest: digest(number), hold: hold, eol: eol.map { try Day($0) })
  }

  private func entry(
    _ number: UInt8, hold: String? = nil, eol: String? = nil
  ) throws -> DesiredState.Entry {
    try entry("r/a", number, hold: hold, eol: eol)
  }

  private func merge(
    _ base: [DesiredState.Entry], _ ours: [DesiredState.Entry], _ theirs: [DesiredState.Entry]
  ) throws -> ThreeWayMerge {
    try ThreeWayMerge(base: DesiredState(base), ours: DesiredState(ours), theirs: DesiredState(theirs))
  }

  /// The one image's merged entry and verdict.
  private func merge(
    _ base: DesiredState.Entry?, _ ours: DesiredState.Entry?, _ theirs: DesiredState.Entry?
  ) throws -> (DesiredState.Entry?, ThreeWayMerge.Verdict) {
    let merge = try merge([base].compactMap(\.self), [ours].compactMap(\.self), [theirs].compactMap(\.self))
    let outcome = try #require(merge.outcomes.first)
    #expect(merge.outcomes.count == 1)
    #expect(outcome.base == base && outcome.ours == ours && outcome.theirs == theirs)
    #expect(merge.entries == [outcome.merged].compactMap(\.self))
    return (outcome.merged, outcome.verdict)
  }

  @Test func aHoldOnOneSideAndADigestOnTheOtherGoTogether() throws {
    let (merged, verdict) = try merge(
      entry(1, eol: "2027-04-21"), entry(1, hold: "why", eol: "2027-04-21"), entry(2))
    #expect(try merged == entry(2, hold: "why"))
    #expect(verdict == .combined)
  }

  @Test func whoChangedItIsSaid() throws {
    #expect(try merge(entry(1), entry(2), entry(1)) == (entry(2), .ours))
    #expect(try merge(entry(1), entry(1), entry(2)) == (entry(2), .theirs))
    #expect(try merge(entry(1), entry(2), entry(2)) == (entry(2), .same))
    #expect(try merge(entry(1), entry(2), entry(2, hold: "x")) == (entry(2, hold: "x"), .theirs))
    #expect(try merge(nil, entry(1), nil) == (entry(1), .ours))
    #expect(try merge(nil, nil, entry(1)) == (entry(1), .theirs))
    #expect(try merge(entry(1), nil, entry(1)) == (nil, .ours))
    #expect(try merge(entry(1), entry(1), nil) == (nil, .theirs))
    #expect(try merge(entry(1), nil, nil) == (nil, .same))
    #expect(try merge([entry(1)], [entry(1)], [entry(1)]).outcomes.isEmpty)
  }

  @Test func bothAddedTheSameImage() throws {
    #expect(try merge(nil, entry(1), entry(1)) == (entry(1), .same))
    #expect(try merge(nil, entry(1, hold: "x"), entry(1)) == (entry(1, hold: "x"), .ours))
    #expect(
      try merge(nil, entry(1, hold: "x"), entry(1, eol: "2027-04-21"))
        == (entry(1, hold: "x", eol: "2027-04-21"), .combined))
    #expect(try merge(nil, entry(1), entry(2)) == (nil, .conflict([.digest])))
  }

  @Test func conflictsNameTheirFields() throws {
    #expect(try merge(entry(1), entry(2), entry(3)) == (nil, .conflict([.digest])))
    #expect(
      try merge(entry(1, hold: "a", eol: "2027-04-21"), entry(2, hold: "b"), entry(3, eol: "2028-01-01"))
        == (nil, .conflict([.digest, .hold, .eol])))
    #expect(try merge(entry(1), nil, entry(1, hold: "x")) == (nil, .conflict([])))
    #expect(try merge(entry(1), entry(2), nil) == (nil, .conflict([])))
  }

  @Test func aStateWithAConflictIsNotMade() throws {
    let merge = try merge(
      [entry("r/a", 1), entry("r/b", 1)], [entry("r/a", 2), entry("r/b", 1)],
      [entry("r/a", 3), entry("r/b", 1), entry("s/c", 1)])
    #expect(merge.state == nil)
    #expect(try merge.entries == [entry("r/b", 1), entry("s/c", 1)])
    #expect(merge.conflicts.map(\.key.description) == ["r/a"])
    #expect(merge.outcomes.map(\.key.description) == ["r/a", "s/c"])
  }

  /// merge(b, x, x) = merge(b, b, x) = merge(b, x, b) = x.
  @Test func oneChangeWins() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    for index in 0..<500 {
      var states = RandomStates(seed: seed &+ UInt64(index))
      let base = try states.state()
      let changed = try states.changed(base, percent: 50)
      for (ours, theirs) in [(changed, changed), (base, changed), (changed, base)] {
        let merge = ThreeWayMerge(base: base, ours: ours, theirs: theirs)
        try #require(merge.state == changed, "seed \(seed &+ UInt64(index))")
        let keys = changed.difference(from: base).map(\.key)
        try #require(merge.outcomes.map(\.key) == keys, "seed \(seed &+ UInt64(index))")
      }
    }
  }

  /// Exchanging the sides exchanges their names in the verdicts, and changes nothing else.
  @Test func theSidesAreEqual() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var conflicts = 0
    for index in 0..<500 {
      var states = RandomStates(seed: seed &+ UInt64(index))
      let base = try states.state()
      let (ours, theirs) = try (states.changed(base, percent: 40), states.changed(base, percent: 40))
      let merge = ThreeWayMerge(base: base, ours: ours, theirs: theirs)
      let exchanged = ThreeWayMerge(base: base, ours: theirs, theirs: ours)
      try #require(merge.entries == exchanged.entries, "seed \(seed &+ UInt64(index))")
      let verdicts = exchanged.outcomes.map { outcome -> ThreeWayMerge.Verdict in
        switch outcome.verdict {
        case .ours: .theirs
        case .theirs: .ours
        default: outcome.verdict
        }
      }
      try #require(merge.outcomes.map(\.verdict) == verdicts, "seed \(seed &+ UInt64(index))")
      conflicts += merge.conflicts.count
    }
    #expect(conflicts > 100)
  }

  @Test func disjointChangesNeverConflict() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    for index in 0..<500 {
      var states = RandomStates(seed: seed &+ UInt64(index))
      let base = try states.state()
      let (ours, other) = try (states.changed(base, percent: 40), states.state())
      let changed = Set(ours.difference(from: base).map(\.key))
      let keys = Set(base.entries.map(\.key)).union(other.entries.map(\.key)).sorted()
      let theirs = try DesiredState(keys.compactMap { changed.contains($0) ? base[$0] : other[$0] })
      let merge = ThreeWayMerge(base: base, ours: ours, theirs: theirs)
      let expected = try DesiredState(
        Set(keys).union(changed).compactMap { changed.contains($0) ? ours[$0] : other[$0] })
      try #require(merge.state == expected, "seed \(seed &+ UInt64(index))")
    }
  }
}
