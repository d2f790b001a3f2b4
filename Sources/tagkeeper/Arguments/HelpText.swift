/// The help of the program and of each command, made from the command definitions.
enum HelpText {
  static let purpose = "keeps the tags of a container registry equal to what a git branch declares"

  static func overview(_ commands: [CommandSpec]) -> String {
    """
    tagkeeper \(purpose).

    Usage: tagkeeper COMMAND [ARGUMENTS] [OPTIONS]

    Commands:
    \(table(commands.map { ($0.name, $0.summary) }))

    Options of every command:
    \(table(Arguments.globalOptions))

    Exit status:
    \(table(ExitStatus.allCases.map { ("\($0.rawValue)", $0.meaning) }))

    Start with: tagkeeper init; then edit tagkeeper.yaml, and look: tagkeeper plan

    """
  }

  static func command(_ command: CommandSpec) -> String {
    let operands = command.operands.isEmpty ? "" : " \(command.operands)"
    var text = "\(command.summary)\n\nUsage: tagkeeper \(command.name)\(operands) [OPTIONS]\n"
    if !command.discussion.isEmpty { text += "\n\(command.discussion)\n" }
    if !command.options.isEmpty {
      text += "\nOptions:\n\(table(command.options))\n"
    }
    return text + "\nOptions of every command:\n\(table(Arguments.globalOptions))\n"
  }

  private static func table(_ options: [OptionSpec]) -> String {
    table(options.map { ($0.label, $0.explanation) })
  }

  private static func table(_ rows: [(String, String)]) -> String {
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { "  " + $0.0.padded(to: width) + "  " + $0.1 }.joined(separator: "\n")
  }
}

extension String {
  /// With spaces up to `width` characters.
  func padded(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }
}
