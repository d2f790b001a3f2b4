import Model
import Planning
import TestSupport
import Testing

@testable import tagkeeper

@Suite struct HistoryCellsTests {
  /// The line that a journal's change, which no declaration explains, is in the history of its image.
  private func cells(
    _ action: Change.Action, _ from: UInt8?, _ to: UInt8?, _ cause: Change.Cause, _ outcome: Change.Outcome?,
    reason: String? = nil
  ) throws -> HistoryCells {
    let image = try key("r/a")
    var journal = ChannelJournal()
    journal.append(
      Change(
        key: image, tag: try TagName("a-latest"), action: action, from: from.map(digest), to: to.map(digest),
        cause: cause, reason: reason, outcome: outcome), at: try commit(1), Timestamp(seconds: 0))
    var timeline = BranchTimeline()
    timeline.append(
      .init(id: try commit(1), time: Timestamp(seconds: 0)),
      entries: cause == .drift ? [.init(key: image, digest: digest(1))] : [])
    let history = ImageHistory(of: image, on: timeline, from: nil, journal: journal)
    return HistoryCells(try #require(history.incidents.first))
  }

  @Test func driftIsToldByWhatWasFound() throws {
    let healed = try cells(.move, 9, 1, .drift, .applied)
    #expect(healed.digest == digest(9).short && healed.how == "drift" && healed.commit == "")
    #expect(healed.note == "put back to sha256:010000000000")
    let gone = try cells(.create, nil, 1, .drift, .applied)
    #expect(gone.digest == "gone" && gone.note == "put back to sha256:010000000000")
    let failed = try cells(.move, 9, 1, .drift, .failed, reason: "the registry\u{1b} said no")
    #expect(failed.note == #"not put back: the registry\u{1b} said no"#)
    #expect(try cells(.blocked, nil, 1, .drift, nil).digest == "unknown")
    #expect(try cells(.blocked, nil, 1, .drift, nil).note == "not put back")
  }

  @Test func whatTheBranchDoesNotExplainIsToldByItsCommit() throws {
    let strange = try cells(.move, 1, 7, .commit, .applied)
    #expect(strange.digest == digest(7).short && strange.how == "undeclared")
    #expect(strange.commit == "000000000000" && strange.applied == "1970-01-01T00:00:00Z")
    #expect(try cells(.create, nil, 7, .createFrom, .applied).how == "create-from")
    #expect(try cells(.delete, 7, nil, .prune, .applied).digest == "removed")
  }

  @Test func durationsHaveTwoUnits() {
    let seconds: [(Double, String)] = [
      (0, "0.0s"), (0.459, "0.4s"), (9.99, "9.9s"), (10, "10s"), (59.9, "59s"), (60, "1m00s"),
      (3599, "59m59s"),
      (3600, "1h00m"), (7500, "2h05m"), (86_399, "23h59m"), (86_400, "1d0h"), (277_200, "3d5h"),
    ]
    for (length, text) in seconds { #expect(Duration.seconds(length).rounded == text) }
  }

  @Test func columnsLineUpAndLinesEndWithText() {
    let table = TextTable(rows: [["a", "bb", ""], ["", "c", ""], ["ddd", "", "e"], ["", "", ""]])
    #expect(table.lines == ["a    bb", "     c", "ddd      e", ""])
    #expect(TextTable(rows: []).lines == [] && TextTable(rows: []).markdown == [])
    #expect(TextTable(rows: [["a", "b"], ["c", "d"]]).markdown == ["| a | b |", "|---|---|", "| c | d |"])
  }

  @Test func timesAreReadAsPeopleWriteThem() throws {
    let now = try Timestamp("2026-11-22T12:00:00Z")
    func read(_ text: String, _ edge: TimeArgument.Edge) throws -> String {
      try TimeArgument.time("--at", text, of: edge, now: now).description
    }
    #expect(try read("2026-11-20T14:00:00+02:00", .end) == "2026-11-20T12:00:00.000Z")
    #expect(try read("2026-11-20", .end) == "2026-11-20T23:59:59.999Z")
    #expect(try read("2026-11-20", .start) == "2026-11-20T00:00:00.000Z")
    #expect(try read("3d", .end) == "2026-11-19T12:00:00.000Z")
    #expect(try read("12h", .start) == "2026-11-22T00:00:00.000Z")
    #expect(throws: CommandFailure.self) { try read("2026-02-30", .end) }
  }
}
