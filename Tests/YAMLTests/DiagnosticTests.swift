import TestSupport
import Testing
import YAML

@Suite struct DiagnosticTests {
  /// The message for an error at `marker` in `text`.
  private func show(_ text: String, at marker: String) throws -> String {
    let bytes = Array(text.utf8)
    let offset = try #require(bytes.indices.first { bytes[$0...].starts(with: marker.utf8) })
    var diagnostics = Diagnostics(Source(name: "a.yaml", bytes: bytes))
    diagnostics.error(at: offset, "wrong")
    return diagnostics.sorted[0].description
  }

  @Test func aTabStandsUnderATab() throws {
    #expect(try show("\ta\t: X", at: "X") == "a.yaml:1:6: error: wrong\n  | \ta\t: X\n  | \t \t  ^")
  }

  @Test func wideAndCombiningCharactersKeepTheCaretInPlace() throws {
    #expect(try show("日本: X", at: "X") == "a.yaml:1:5: error: wrong\n  | 日本: X\n  |       ^")
    #expect(try show("e\u{301}: X", at: "X") == "a.yaml:1:5: error: wrong\n  | e\u{301}: X\n  |    ^")
    #expect(try show("🙂: X", at: "X") == "a.yaml:1:4: error: wrong\n  | 🙂: X\n  |     ^")
  }

  @Test func controlCharactersAreMadeVisible() throws {
    #expect(
      try show("a\u{1B}[31m\u{7F}\u{9B}\u{202E}: X", at: "X")
        == "a.yaml:1:12: error: wrong\n  | a␛[31m␡<9B><202E>: X\n  |                    ^")
  }

  @Test func longLinesAreCutAroundTheCaret() throws {
    let left = String(repeating: "é", count: 200)
    let right = String(repeating: "r", count: 200)
    #expect(
      try show(left + "X" + right, at: "X") == """
        a.yaml:1:201: error: wrong
          | …\(String(repeating: "é", count: 70))X\(String(repeating: "r", count: 29))…
          |  \(String(repeating: " ", count: 70))^
        """)
    #expect(
      try show("X" + right, at: "X")
        == "a.yaml:1:1: error: wrong\n  | X\(String(repeating: "r", count: 99))…\n  | ^")
  }

  @Test func anEmptyLineShowsNoExcerpt() {
    var diagnostics = Diagnostics(Source(name: "a.yaml", bytes: []))
    diagnostics.error(at: 0, "is empty", remedy: "write something")
    diagnostics.warning(at: 0, "odd")
    #expect(
      diagnostics.sorted.map(\.description) == [
        "a.yaml:1:1: error: is empty\n  fix: write something", "a.yaml:1:1: warning: odd",
      ])
  }

  @Test func sortedByPlaceAndCounted() {
    var diagnostics = Diagnostics(Source(name: "a.yaml", bytes: Array("ab\ncd\n".utf8)))
    for offset in [4, 0, 3, 1] { diagnostics.error(at: offset, "wrong") }
    #expect(
      diagnostics.sorted.map { "\($0.place)" } == ["a.yaml:1:1", "a.yaml:1:2", "a.yaml:2:1", "a.yaml:2:2"])
    for _ in 0..<1000 { diagnostics.error(at: 0, "wrong") }
    #expect(diagnostics.sorted.count == 1001)
    #expect(diagnostics.sorted.last?.message == "4 more are not shown")
  }

  @Test func columnsOnOneLineAreCountedInAnyOrder() {
    let text = Array("é日🙂abc\nxé".utf8)
    var diagnostics = Diagnostics(Source(name: "a.yaml", bytes: text))
    for offset in [9, 5, 12, 0, 2, 11, 13] { diagnostics.error(at: offset, "wrong") }
    #expect(diagnostics.reported.map(\.place.column) == [4, 3, 7, 1, 2, 6, 1])
  }

  @Test func hiddenLinesAreNotShown() {
    let text = Array("a: 1\npassword: \(testSecret())\n".utf8)
    var diagnostics = Diagnostics(Source(name: "a.yaml", bytes: text))
    let note = diagnostics.note(at: 5, "here")
    diagnostics.error(at: 0, "wrong", notes: [note])
    diagnostics.error(at: 5, "wrong")
    diagnostics.hideLines { $0.starts(with: "password".utf8) }
    #expect(
      diagnostics.sorted.map(\.description) == [
        "a.yaml:1:1: error: wrong\n  | a: 1\n  | ^\na.yaml:2:1: note: here", "a.yaml:2:1: error: wrong",
      ])
  }
}
