/// Completions for bash(1), "Programmable Completion". They need bash alone, not the package bash-completion.
enum BashCompletions {
  static func script(_ commands: [CommandSpec]) -> String {
    let common = Arguments.globalOptions
    let clauses = commands.map { $0.clause(commands) }.joined(separator: "\n")
    return #"""
      # Completions of tagkeeper for bash, made by: tagkeeper completions bash

      _tagkeeper_words() { mapfile -t COMPREPLY < <(compgen -W "$*" -- "$current"); }

      _tagkeeper_paths() {
        compopt -o filenames 2> /dev/null
        mapfile -t COMPREPLY < <(compgen "$1" -- "$current")
        # What is offered takes the place of what stands behind the last colon.
        [[ $COMP_WORDBREAKS != *:* || $current != *:* ]] || COMPREPLY=("${COMPREPLY[@]#"${current%:*}":}")
      }

      _tagkeeper() {
        local at=$COMP_CWORD current=${COMP_WORDS[COMP_CWORD]} options='' operands=:
        # A path with a colon comes as several words too.
        while ((at > 2)) && [[ ${COMP_WORDS[at]} == : || ${COMP_WORDS[at - 1]} == : ]]; do
          ((at -= 1))
          current=${COMP_WORDS[at]}$current
        done
        local previous=${COMP_WORDS[at - 1]}
        COMPREPLY=()
        # --output=json comes as three words.
        if [[ $current == = ]]; then
          current=''
        elif [[ $previous == = ]]; then
          previous=${COMP_WORDS[at - 2]}
        fi
        if ((COMP_CWORD == 1)); then
          \#(offer(.command, commands))
          return
        fi
        case ${COMP_WORDS[1]} in
      \#(clauses)
          *) return ;;
        esac
        case $previous in
      \#(common.clauses("    ", commands))
        esac
        if [[ $current == -* ]]; then
          _tagkeeper_words "$options \#(common.map(\.name).joined(separator: " "))"
        else
          $operands
        fi
      }

      complete -F _tagkeeper tagkeeper

      """#
  }

  /// The command that completes what is of this kind.
  fileprivate static func offer(_ kind: ArgumentKind, _ commands: [CommandSpec]) -> String {
    switch kind {
    case .text: ":"
    case .file: "_tagkeeper_paths -f"
    case .folder: "_tagkeeper_paths -d"
    case .command: "_tagkeeper_words \(commands.map(\.name).joined(separator: " "))"
    case .word(let words): "_tagkeeper_words \(words.joined(separator: " "))"
    }
  }
}

extension CommandSpec {
  fileprivate func clause(_ commands: [CommandSpec]) -> String {
    var lines = ["    \(name))"]
    if !options.isEmpty { lines.append("      options='\(options.map(\.name).joined(separator: " "))'") }
    if operandKind != .text {
      lines.append("      operands='\(BashCompletions.offer(operandKind, commands))'")
    }
    if options.contains(where: { $0.value != nil }) {
      lines += ["      case $previous in", options.clauses("        ", commands), "      esac"]
    }
    return (lines + ["      ;;"]).joined(separator: "\n")
  }
}

extension [OptionSpec] {
  /// What completes the values of options, those of one kind together.
  fileprivate func clauses(_ indentation: String, _ commands: [CommandSpec]) -> String {
    let valued = filter { $0.value != nil }
    var kinds: [ArgumentKind] = []
    for option in valued where !kinds.contains(option.kind) { kinds.append(option.kind) }
    return kinds.map { kind in
      let names = valued.filter { $0.kind == kind }.map(\.name).joined(separator: " | ")
      let action = kind == .text ? "" : "\(BashCompletions.offer(kind, commands)); "
      return "\(indentation)\(names)) \(action)return ;;"
    }.joined(separator: "\n")
  }
}
