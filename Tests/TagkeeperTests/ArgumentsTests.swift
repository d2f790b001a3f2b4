import Testing

@testable import tagkeeper

@Suite struct ArgumentsTests {
  private let command = CommandSpec(
    name: "x", summary: "X.", operands: "a|b", operandCount: 0...2, operandKind: .word(["a", "b"]),
    options: [OptionSpec(name: "--with", value: "WHAT", kind: .word(["c", "d"]), help: "what else")]
  ) { _ in .done }

  @Test func wordsAreCheckedWhereverTheyStand() throws {
    #expect(try Arguments(["a", "--with", "c", "b"], for: command).operands == ["a", "b"])
    for (words, message) in [
      (["c"], "a|b \"c\": use one of a, b"), (["--with=a"], "--with \"a\": use one of c, d"),
      (["--with", "c", "--with", "e"], "--with \"e\": use one of c, d"),
    ] {
      let failure = #expect(throws: CommandFailure.self) { try Arguments(words, for: command) }
      #expect(failure?.message == message && failure?.status == .usage)
    }
  }

  @Test func theHelpNamesTheWords() {
    #expect(HelpText.command(command).contains("  --with WHAT  what else: c, d\n"))
  }
}
