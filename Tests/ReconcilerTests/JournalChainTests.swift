import Model
import TestSupport
import Testing

@testable import Reconciler

@Suite struct JournalChainTests {
  private func started(_ version: Int) -> JournalEntry {
    JournalEntry(time: Timestamp(milliseconds: 0), event: .started(version: "\(version)"))
  }

  private func journal(_ count: Int = 5, after older: String = "") -> [String] {
    var chain = JournalChain(after: Array(older.utf8), hash: Digest.weak)
    let text = older + String(decoding: chain.lines((0..<count).map(started)), as: UTF8.self)
    return text.split(separator: "\n").map(String.init)
  }

  private func check(_ lines: [String]) -> JournalCheck {
    JournalCheck(Array(lines.map { $0 + "\n" }.joined().utf8), hash: Digest.weak)
  }

  /// `LINE REASON`, up to the first colon.
  private func faults(_ lines: [String]) -> [String] {
    check(lines).faults.map { "\($0.line) \($0.reason.prefix { $0 != ":" })" }
  }

  @Test func aWholeJournalHasNoFault() {
    let lines = journal()
    let check = check(lines)
    #expect(check.faults == [] && check.lines == 5 && check.unchained == 0 && check.tornBytes == 0)
    #expect(check.head == Digest.weak(Array(lines[4].utf8)))
    #expect(lines[0].hasSuffix(#","previous":null}"#))
  }

  @Test func everyChangedByteOfEveryLineButTheLastShows() {
    let lines = journal()
    for line in 0..<4 {
      for position in 0..<lines[line].utf8.count {
        var bytes = Array(lines[line].utf8)
        bytes[position] ^= 1
        guard bytes[position] != UInt8(ascii: "\n") else { continue }
        var changed = lines.map { Array($0.utf8) }
        changed[line] = bytes
        let check = JournalCheck(changed.flatMap { $0 + [.newline] }, hash: Digest.weak)
        #expect(!check.faults.isEmpty, "line \(line), byte \(position)")
      }
    }
  }

  @Test func aMissingLineShows() {
    for missing in 1..<4 {
      var lines = journal()
      lines.remove(at: missing)
      #expect(faults(lines) == ["\(missing + 1) does not follow line \(missing)"])
    }
    #expect(faults(Array(journal().dropFirst())) == ["1 is not the first"])
  }

  @Test func anAddedOrRepeatedOrMovedLineShows() {
    var lines = journal()
    lines.insert(lines[2], at: 3)
    #expect(faults(lines) == ["4 does not follow line 3"])
    lines = journal()
    lines.swapAt(1, 2)
    #expect(faults(lines).count == 3)
    lines = journal()
    lines.insert(#"{"time":"2026-11-18T11:06:40Z","event":"started"}"#, at: 2)
    #expect(faults(lines) == ["3 has no link to the line before it", "4 does not follow line 3"])
  }

  @Test func aLineThatIsNoObjectShows() {
    var lines = journal()
    lines[1] = "nonsense"
    #expect(faults(lines) == ["2 is no JSON object", "3 does not follow line 2"])
  }

  @Test func linesThatAreCutOffAtTheEndShowByADigestThatWasKept() throws {
    let kept = try #require(check(journal()).head)
    #expect(check(journal(6)).digests.contains(kept))
    let shortened = check(Array(journal().dropLast()))
    #expect(shortened.faults == [] && !shortened.digests.contains(kept))
  }

  @Test func aTornLineIsNoFault() {
    let bytes = Array((journal().joined(separator: "\n") + "\n{\"time\"").utf8)
    let check = JournalCheck(bytes, hash: Digest.weak)
    #expect(check.faults == [] && check.lines == 5 && check.tornBytes > 0)
  }

  @Test func linesOfAnEarlierVersionAreCountedAndTheLastIsVouchedFor() {
    let older = #"{"time":"2026-11-18T11:06:40Z","event":"started"}"# + "\n"
    let lines = journal(2, after: older + older)
    let check = check(lines)
    #expect(check.faults == [] && check.unchained == 2 && check.lines == 4)
    var changed = lines
    changed[1] = changed[1].replacing("40Z", with: "41Z")
    #expect(faults(changed) == ["3 does not follow line 2"])
  }

  @Test func theChainGoesOnFromWhatIsThere() {
    let whole = journal(4)
    var chain = JournalChain(after: Array((whole[0] + "\n" + whole[1] + "\n").utf8), hash: Digest.weak)
    #expect(
      String(decoding: chain.lines([started(2), started(3)]), as: UTF8.self) == whole[2] + "\n" + whole[3]
        + "\n")
  }
}
