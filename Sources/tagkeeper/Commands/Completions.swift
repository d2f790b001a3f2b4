extension CommandSpec {
  static let completions = CommandSpec(
    name: "completions", summary: "Print the completions of a shell, for it to load.",
    operands: "bash|zsh|fish", operandCount: 1...1, operandKind: .oneOf(Shell.self),
    discussion: """
      Commands, options, their words, and the names of files and folders. For one person:

        tagkeeper completions bash > ~/.local/share/bash-completion/completions/tagkeeper
        tagkeeper completions fish > ~/.config/fish/completions/tagkeeper.fish

      zsh loads them from a folder of its fpath, where the file is _tagkeeper, or in ~/.zshrc by
      source <(tagkeeper completions zsh).
      """
  ) { arguments in
    // Parsing has refused every other word.
    switch Shell(rawValue: arguments.operands[0])! {
    case .bash: Console.out(BashCompletions.script(Program.commands))
    case .zsh: Console.out(ZshCompletions.script(Program.commands))
    case .fish: Console.out(FishCompletions.script(Program.commands))
    }
    return .done
  }
}

/// A shell whose completions are made.
enum Shell: String, CaseIterable { case bash, zsh, fish }
