import Model
import Planning
import TestSupport
import Testing

@Suite struct ImageHistoryTests {
  private func at(_ second: Int) -> Timestamp { Timestamp(seconds: Int64(second)) }

  /// A branch whose commit `n` comes at second `n` and declares the digest of that number; nil for nothing.
  private func branch(_ digests: [Int: UInt8?], brings: [Int: [Int]] = [:]) throws -> BranchTimeline {
    var timeline = BranchTimeline()
    for (number, digestNumber) in digests.sorted(by: { $0.key < $1.key }) {
      let entries =
        try digestNumber.map { [DesiredState.Entry(key: try key("r/a"), digest: digest($0))] } ?? []
      timeline.append(
        .init(
          id: try commit(number), time: at(number), author: "Ada",
          brings: try (brings[number] ?? []).map { try commit($0) }), entries: entries)
    }
    return timeline
  }

  private func change(
    _ from: UInt8?, _ to: UInt8?, _ cause: Change.Cause = .commit, _ outcome: Change.Outcome = .applied
  ) throws -> Change {
    Change(
      key: try key("r/a"), tag: try TagName("a-latest"),
      action: to == nil ? .delete : from == nil ? .create : .move, from: from.map(digest), to: to.map(digest),
      cause: cause, outcome: outcome)
  }

  private func history(
    _ timeline: BranchTimeline, from source: BranchTimeline? = nil, _ journal: ChannelJournal = .init()
  ) throws -> ImageHistory {
    ImageHistory(of: try key("r/a"), on: timeline, from: source, journal: journal)
  }

  /// `declared 1 at 10, applied 12`, newest first.
  private func told(_ history: ImageHistory) -> [String] {
    func name(_ digest: Digest?) -> String {
      digest.map { String(Int($0.hex.prefix(2), radix: 16)!) } ?? "none"
    }
    func second(_ time: Timestamp) -> String { String(time.milliseconds / 1000) }
    return history.lines.map { line in
      switch line.kind {
      case .declaration(let change):
        "declared \(name(change.from)) → \(name(change.to)) at \(second(line.time))"
          + (line.applied.map { ", applied \(second($0))" } ?? "")
          + (change.provenance.map { ", \($0.rawValue)" } ?? "")
          + (change.rolledBackBy.map { ", rolled back at \(second($0.time))" } ?? "")
      case .drift(let record):
        "drift \(name(record.change.from)) → \(name(record.change.to)) at \(second(line.time)), "
          + (record.change.outcome?.rawValue ?? "not tried")
      case .undeclared(let record): "undeclared \(name(record.change.to)) at \(second(line.time))"
      }
    }
  }

  @Test func declarationsAreJoinedWithWhatWasApplied() throws {
    var journal = ChannelJournal()
    try journal.append(change(nil, 1), at: commit(10), at(12))
    try journal.append(change(1, 2, .commit, .failed), at: commit(20), at(21))
    try journal.append(change(1, 2), at: commit(20), at(29))
    try journal.append(change(2, nil, .prune), at: commit(40), at(41))
    let history = try history(branch([10: 1, 20: 2, 30: 3, 40: nil]), journal)
    #expect(
      told(history) == [
        "declared 3 → none at 40, applied 41", "declared 2 → 3 at 30", "declared 1 → 2 at 20, applied 29",
        "declared none → 1 at 10, applied 12",
      ])
    #expect(history.lines.map(\.took) == [.seconds(1), nil, .seconds(9), .seconds(2)])
  }

  /// The pass of a commit may end after the next one landed, and a digest may be declared again.
  @Test func aWriteIsOfTheCommitThatItWasMadeFor() throws {
    var journal = ChannelJournal()
    try journal.append(change(nil, 1), at: commit(10), at(35))
    try journal.append(change(2, 1), at: commit(30), at(36))
    let history = try history(branch([10: 1, 20: 2, 30: 1]), journal)
    #expect(
      told(history) == [
        "declared 2 → 1 at 30, applied 36", "declared 1 → 2 at 20", "declared none → 1 at 10, applied 35",
      ])
  }

  @Test func aCommitFromAClockThatIsAheadTookNoTime() throws {
    var journal = ChannelJournal()
    try journal.append(change(nil, 1), at: commit(10), at(9))
    let history = try history(branch([10: 1]), journal)
    #expect(history.lines.map(\.took) == [.zero])
  }

  @Test func whatTheBranchDoesNotExplainStandsByItself() throws {
    var journal = ChannelJournal()
    try journal.append(change(nil, 1, .createFrom), at: commit(5), at(6))
    try journal.append(change(1, 1), at: commit(10), at(11))
    try journal.append(change(9, 1, .drift), at: commit(10), at(12))
    try journal.append(change(8, 1, .drift, .failed), at: commit(10), at(13))
    // After a restart the daemon does not know that the tag was right before.
    try journal.append(change(8, 1), at: commit(10), at(14))
    // apply --rev of a commit that the branch does not have.
    try journal.append(change(1, 7), at: commit(99), at(15))
    try journal.append(change(1, 1, .keep), at: commit(10), at(16))
    let history = try history(branch([5: nil, 10: 1]), journal)
    #expect(
      told(history) == [
        "undeclared 7 at 15", "drift 8 → 1 at 14, applied", "drift 8 → 1 at 13, failed",
        "drift 9 → 1 at 12, applied", "declared none → 1 at 10, applied 11", "undeclared 1 at 6",
      ])
  }

  @Test func aCommitThatTheBranchNoLongerHasCountsByItsTime() throws {
    var journal = ChannelJournal()
    try journal.append(change(nil, 1), at: commit(99), at(12))
    try journal.append(change(1, 2), at: commit(98), at(22))
    #expect(
      try told(history(branch([10: 1, 20: 2]), journal)) == [
        "declared 1 → 2 at 20, applied 22", "declared none → 1 at 10, applied 12",
      ])
  }

  @Test func provenanceIsToldWhereRolloutsLand() throws {
    let main = try branch([1: 1, 11: 2, 21: 3])
    let production = try branch(
      [5: 1, 15: 2, 16: 1, 25: 3, 30: 9, 35: 3, 36: 1], brings: [5: [1], 15: [11], 25: [21]])
    #expect(
      try told(history(production, from: main)) == [
        "declared 3 → 1 at 36, rollback", "declared 9 → 3 at 35, rollback, rolled back at 36",
        "declared 3 → 9 at 30, hotfix, rolled back at 35", "declared 1 → 3 at 25, rollout, rolled back at 36",
        "declared 2 → 1 at 16, rollback", "declared 1 → 2 at 15, rollout, rolled back at 16",
        "declared none → 1 at 5, rollout",
      ])
    #expect(try history(production).lines.count == 7)
  }

  @Test func periodsEndWhereAnotherDigestWasDeclared() throws {
    var journal = ChannelJournal()
    try journal.append(change(1, 2), at: commit(20), at(22))
    try journal.append(change(2, 1), at: commit(30), at(33))
    let history = try history(branch([10: 1, 20: 2, 30: 1]), journal)
    let periods = history.periods(of: digest(1))
    #expect(periods.map(\.change.declared) == [at(10), at(30)])
    #expect(periods.map(\.applied) == [nil, at(33)])
    #expect(periods.map { $0.end?.change.declared } == [at(20), nil])
    #expect(periods.map { $0.end?.applied } == [at(22), nil])
    #expect(history.periods(of: digest(3)).isEmpty)
  }

  // At a time

  private func instant(_ history: ImageHistory, _ second: Int) -> String {
    let instant = history.instant(at: at(second))
    func tell(_ time: Timestamp?) -> String { time.map { String($0.milliseconds / 1000) } ?? "-" }
    return
      "\(instant.basis): \(instant.digest?.hex.prefix(2) ?? "none"), declared \(tell(instant.change?.declared)), "
      + "applied \(tell(instant.applied))"
  }

  @Test func aTagThatWasRightAlreadyIsToldByThePass() throws {
    var journal = ChannelJournal()
    try journal.append(commit: commit(20), isConverged: true, at(21))
    let history = try history(branch([10: 1, 20: 2, 30: 3]), journal)
    #expect(
      [5, 15, 20, 21, 35].map { instant(history, $0) } == [
        "branch: none, declared -, applied -", "branch: 01, declared 10, applied -",
        "branch: 02, declared 20, applied -", "journal: 02, declared 20, applied -",
        "branch: 03, declared 30, applied -",
      ])
  }

  @Test func aDeclarationThatCouldNotBeAppliedWasNotThere() throws {
    var journal = ChannelJournal()
    try journal.append(change(nil, 1), at: commit(10), at(12))
    try journal.append(change(1, 2, .commit, .failed), at: commit(20), at(22))
    let history = try history(branch([10: 1, 20: 2]), journal)
    #expect(
      [11, 12, 21, 22, 99].map { instant(history, $0) } == [
        "branch: 01, declared 10, applied 12", "journal: 01, declared 10, applied 12",
        "journal: 01, declared 10, applied 12", "journal: 01, declared 10, applied 12",
        "journal: 01, declared 10, applied 12",
      ])
  }

  @Test func aRemovedTagIsThereUntilItsDeletion() throws {
    var journal = ChannelJournal()
    try journal.append(change(nil, 1), at: commit(10), at(12))
    try journal.append(commit: commit(20), at(21))
    try journal.append(change(1, nil, .prune), at: commit(20), at(25))
    let history = try history(branch([10: 1, 20: nil]), journal)
    #expect(
      [24, 25].map { instant(history, $0) } == [
        "journal: 01, declared 10, applied 12", "journal: none, declared 20, applied 25",
      ])
  }

  @Test func whatACommitBesideTheBranchPutThereIsToldWithoutADeclaration() throws {
    var journal = ChannelJournal()
    try journal.append(change(nil, 7, .createFrom), at: commit(99), at(5))
    try journal.append(change(7, 8), at: commit(98), at(15))
    let history = try history(branch([10: 1, 20: 2]), journal)
    #expect(
      [6, 16, 21].map { instant(history, $0) } == [
        "journal: 07, declared -, applied 5", "journal: 08, declared -, applied 15",
        "branch: 02, declared 20, applied -",
      ])
  }
}
