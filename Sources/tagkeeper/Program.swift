import Model

/// Finds the command, runs it, and turns what it throws into a message and an exit status.
enum Program {
  static let commands: [CommandSpec] = [
    .run, .plan, .apply, .cut, .rollback, .diff, .history, .validate, .fmt, .set, .importing, .accept,
    .suspend, .resume, .doctor, .initialize, .mergeDriver, .completions, .version, .help,
  ]

  static func unknown(_ name: String) -> CommandFailure {
    let remedy =
      name.hasPrefix("-")
      ? "options stand behind the command, as in tagkeeper plan \(name)" : "see tagkeeper help"
    return CommandFailure("there is no command \(name.quoted): \(remedy)", status: .usage)
  }

  static func run(_ words: [String]) async -> ExitStatus {
    guard let name = words.first, name != "--help", name != "-h" else {
      guard !words.isEmpty else {
        Console.error(HelpText.overview(commands))
        return .usage
      }
      Console.out(HelpText.overview(commands))
      return .done
    }
    do {
      guard let command = commands.first(where: { $0.name == (name == "--version" ? "version" : name) })
      else {
        throw unknown(name)
      }
      let arguments = try Arguments(Array(words.dropFirst()), for: command)
      guard !arguments.isGiven("--help") else {
        Console.out(HelpText.command(command))
        return .done
      }
      return try await command.run(arguments)
    } catch let failure as CommandFailure {
      let lines = failure.message.split(separator: "\n", omittingEmptySubsequences: false)
      Console.error("tagkeeper: " + lines.map { String($0).printable }.joined(separator: "\n") + "\n")
      return failure.status
    } catch {
      Console.error("tagkeeper: \("\(error)".printable)\n")
      return .attention
    }
  }
}

extension CommandSpec {
  static let version = CommandSpec(name: "version", summary: "Print the version.") { _ in
    Console.out("tagkeeper \(Version.text)\n")
    return .done
  }

  static let help = CommandSpec(
    name: "help", summary: "Explain a command, or print the manual.", operands: "[COMMAND]",
    operandCount: 0...1,
    operandKind: .command,
    discussion: """
      The manual, of all commands, for where man(1) finds it:

        tagkeeper help --man > ~/.local/share/man/man1/tagkeeper.1
      """,
    options: [OptionSpec(name: "--man", help: "the manual page tagkeeper(1), in the macros of man(7)")]
  ) { arguments in
    let isManual = arguments.isGiven("--man")
    guard let name = arguments.operands.first else {
      Console.out(
        isManual ? ManualPage.text(Program.commands) : HelpText.overview(Program.commands))
      return .done
    }
    guard !isManual else {
      throw CommandFailure(
        "--man prints the manual of all commands: leave \(name.quoted) out", status: .usage)
    }
    guard let command = Program.commands.first(where: { $0.name == name }) else {
      throw Program.unknown(name)
    }
    Console.out(HelpText.command(command))
    return .done
  }
}
