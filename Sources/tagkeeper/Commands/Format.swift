import StateFile

extension CommandSpec {
  static let fmt = CommandSpec(
    name: "fmt", summary: "Write state files in their canonical form, comments kept.", operands: "FILE…",
    operandCount: 1...Int.max, operandKind: .file,
    discussion: """
      Names sorted, one image a block, a blank line between blocks: then the revert of one image never
      conflicts with a later change of its neighbour. Prints the files that it changed.
      """,
    options: [OptionSpec(name: "--check", help: "change nothing; exit with 1 where a file would change")]
  ) { arguments in
    let isCheck = arguments.isGiven("--check")
    var changed = 0
    for text in try arguments.operands.flatMap({ path throws(CommandFailure) in try StateText.files(at: path)
    }) {
      let formatted: StateText
      do { formatted = try text.formatted() } catch { throw CommandFailure(error) }
      guard formatted != text else { continue }
      changed += 1
      if !isCheck { try formatted.save() }
      Console.out("\(text.path)\n")
    }
    return isCheck && changed > 0 ? .attention : .done
  }
}
