/// Completions for zsh, by its `_arguments` and `_describe` (zshcompsys(1)). Good as a file of the `fpath`, and to be
/// sourced.
enum ZshCompletions {
  static func script(_ commands: [CommandSpec]) -> String {
    let described = commands.map { "    " + "\($0.name):\($0.summary)".quotedForShell }
    let common = Arguments.globalOptions.map { "    " + argument($0) }
    return #"""
      #compdef tagkeeper
      # Completions of tagkeeper for zsh, made by: tagkeeper completions zsh

      _tagkeeper() {
        local -a commands common
        commands=(
      \#(described.joined(separator: "\n"))
        )
        common=(
      \#(common.joined(separator: "\n"))
        )
        if ((CURRENT == 2)); then
          _describe -t commands command commands
          return
        fi
        local command=$words[2]
        shift words
        ((CURRENT--))
        case $command in
      \#(commands.map(clause).joined(separator: "\n"))
        esac
      }

      # Autoloaded, the file is the function's body, and this its first call.
      if [[ $funcstack[1] == _tagkeeper ]]; then
        _tagkeeper "$@"
      else
        compdef _tagkeeper tagkeeper
      fi

      """#
  }

  private static func clause(_ command: CommandSpec) -> String {
    var specs = command.options.map(argument)
    if command.operandCount.upperBound > 0 {
      specs.append("*: :\(action(command.operandKind))".quotedForShell)
    }
    return "    \(command.name)) _arguments -S $common"
      + specs.map { " \\\n      \($0)" }.joined() + " ;;"
  }

  /// Any option may be repeated. A long one takes its value as the next word, or behind a `=`.
  private static func argument(_ option: OptionSpec) -> String {
    let help = option.explanation.escaped(["[", "]", ":"])
    guard let value = option.value else { return "*\(option.name)[\(help)]".quotedForShell }
    let name = option.name.hasPrefix("--") ? "\(option.name)=" : option.name
    return "*\(name)[\(help)]:\(value.escaped([":"])):\(action(option.kind))".quotedForShell
  }

  private static func action(_ kind: ArgumentKind) -> String {
    switch kind {
    // A message, and nothing to choose from.
    case .text: " "
    case .file: "_files"
    case .folder: "_files -/"
    case .command: "{_describe -t commands command commands}"
    case .word(let words): "(\(words.joined(separator: " ")))"
    }
  }
}

extension String {
  fileprivate func escaped(_ characters: Set<Character>) -> String {
    String(flatMap { $0 == "\\" || characters.contains($0) ? ["\\", $0] : [$0] })
  }

  fileprivate var quotedForShell: String { "'\(replacing("'", with: #"'\''"#))'" }
}
