/// Completions for fish, by its `complete` (complete(1) of fish).
enum FishCompletions {
  static func script(_ commands: [CommandSpec]) -> String {
    let names = commands.map { command in
      "-n __tagkeeper_needs_command -a \(command.name) -d \(command.summary.quotedForFish)"
    }
    let arguments = commands.flatMap { command in
      let condition = "-n '__tagkeeper_command \(command.name)'"
      let operands = command.operandKind == .text ? [] : [condition + offer(command.operandKind, commands)]
      return operands + command.options.map { "\(condition) \(described($0, commands))" }
    }
    let common = Arguments.globalOptions.map {
      "-n 'not __tagkeeper_needs_command' \(described($0, commands))"
    }
    return #"""
      # Completions of tagkeeper for fish, made by: tagkeeper completions fish

      function __tagkeeper_needs_command
          test (count (commandline -opc)) -eq 1
      end

      function __tagkeeper_command
          set -l words (commandline -opc)
          test (count $words) -gt 1; and test $words[2] = $argv[1]
      end

      \#((["-f"] + names + arguments + common).map { "complete -c tagkeeper \($0)" }.joined(separator: "\n"))

      """#
  }

  private static func described(_ option: OptionSpec, _ commands: [CommandSpec]) -> String {
    let name = option.name.drop { $0 == "-" }
    let value = option.value == nil ? "" : " -r\(offer(option.kind, commands))"
    return
      "\(option.name.hasPrefix("--") ? "-l" : "-s") \(name)\(value) -d \(option.explanation.quotedForFish)"
  }

  /// What completes what is of this kind: no names of files, but where they are asked for.
  private static func offer(_ kind: ArgumentKind, _ commands: [CommandSpec]) -> String {
    switch kind {
    case .text: " -f"
    case .file: " -F"
    case .folder: " -f -a '(__fish_complete_directories)'"
    case .command: " -f -a '\(commands.map(\.name).joined(separator: " "))'"
    case .word(let words): " -f -a '\(words.joined(separator: " "))'"
    }
  }
}

extension String {
  /// In single quotes, within which fish knows two escapes.
  fileprivate var quotedForFish: String {
    "'\(replacing("\\", with: #"\\"#).replacing("'", with: #"\'"#))'"
  }
}
