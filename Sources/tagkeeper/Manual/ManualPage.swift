/// The manual page tagkeeper(1), made from the command definitions.
enum ManualPage {
  static func text(_ commands: [CommandSpec]) -> String {
    var page = Roff(title: "TAGKEEPER", section: 1, day: Version.day, source: "tagkeeper \(Version.text)")
    page.section("NAME")
    page.paragraph("tagkeeper - \(HelpText.purpose)")
    page.section("SYNOPSIS")
    page.paragraph("`tagkeeper` COMMAND [ARGUMENTS] [OPTIONS]")
    page.section("DESCRIPTION")
    page.paragraph("`tagkeeper` \(HelpText.purpose).")
    page.section("COMMANDS")
    for command in commands { page.describe(command) }
    page.section("OPTIONS OF EVERY COMMAND")
    page.list(Arguments.globalOptions)
    page.section("EXIT STATUS")
    for status in ExitStatus.allCases { page.item("`\(status.rawValue)`", status.meaning) }
    page.section("SEE ALSO")
    page.paragraph("`git`(1), `git-revert`(1), `systemd.service`(5)")
    return page.text
  }
}

extension Roff {
  fileprivate mutating func describe(_ command: CommandSpec) {
    subsection(command.name)
    let operands = command.operands.isEmpty ? "" : " \(command.operands)"
    paragraph("`tagkeeper \(command.name)`\(operands) [OPTIONS]")
    paragraph(command.summary)
    for block in command.discussion.split(separator: "\n\n") {
      // As in the help: what is indented is typed.
      if block.hasPrefix("  ") { example(String(block)) } else { paragraph(String(block)) }
    }
    list(command.options)
  }

  fileprivate mutating func list(_ options: [OptionSpec]) {
    for option in options {
      item("`\(option.name)`\(option.value.map { " \($0)" } ?? "")", option.explanation)
    }
  }
}
