import TestSupport
import Testing

@testable import tagkeeper

@Suite(.timeLimit(.minutes(10))) struct ManualPageTests {
  @Test func everyCommandAndOptionIsOnThePage() {
    let page = ManualPage.text(Program.commands)
    for command in Program.commands {
      #expect(page.contains(".SS \"\(command.name.replacing("-", with: #"\-"#))\"\n"), "\(command.name)")
      for option in command.options + Arguments.globalOptions {
        #expect(page.contains("\n\\fB\(option.name.replacing("-", with: #"\-"#))\\fR"), "\(option.name)")
      }
    }
  }

  @Test func textIsNeverTakenForAMacroOrAnotherCharacter() {
    var page = Roff(title: "A-B", section: 1, day: "2026-11-23", source: #"a "b""#)
    page.paragraph(".SH 'x' \\fB ~^ `--bold` é…")
    page.item("`-m` WHY", "'tis .so")
    page.example("  .ls -l\n'quoted'")
    #expect(
      page.text == #"""
        .TH "A\-B" 1 2026-11-23 "a \(dqb\(dq"
        \&.SH \(aqx\(aq \efB \(ti\(ha \fB\-\-bold\fR \[u00E9]\[u2026]
        .TP
        \fB\-m\fR WHY
        \(aqtis .so
        .PP
        .EX
          .ls \-l
        \(aqquoted\(aq
        .EE

        """#)
  }

  /// A line that is filled may begin with any word.
  @Test func aDotThatComesToALinesStartIsText() {
    var page = Roff(title: "A", section: 1, day: "2026-11-23", source: "a")
    page.paragraph(String(repeating: "word ", count: 14) + "long .SH")
    #expect(page.text.hasSuffix("word word\nlong .SH\n"))
    page.paragraph(String(repeating: "word ", count: 14) + ".SH")
    #expect(page.text.hasSuffix("word word\n\\&.SH\n"))
  }

  /// What is printed can be copied into a shell.
  @Test(.enabled(if: DebianProgram.mandoc.isExpected, "\(DebianProgram.mandoc.absence)"))
  func aReaderSeesTheTextAsItWas() async throws {
    var page = Roff(title: "A", section: 1, day: "2026-11-23", source: "a")
    let text = #".SH 'x' "y" \fB ~^ --option a.b|c…"#
    page.section("NAME")
    page.paragraph(text)
    page.example("  \(text) `x`")
    let shown = try await DebianProgram.mandoc.run(["-T", "utf8"], input: page.text)
    #expect(shown.isSuccess)
    let plain = shown.output.replacing(#/.\x08/#, with: "")
    #expect(plain.contains("  \(text)\n"), "\(plain)")
    #expect(plain.contains("  \(text) `x`\n"), "\(plain)")
  }
}
