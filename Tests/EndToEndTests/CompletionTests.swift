import LinuxSystem
import TestSupport
import Testing

@testable import tagkeeper

/// The completions, loaded by the shells themselves.
@Suite(.timeLimit(.minutes(10))) struct CompletionTests {
  /// What stands on the line behind `tagkeeper`, and what is offered for its last word, in a folder with the file
  /// `state.yaml` and the folder `store`.
  private static let lines: [(words: [String], offered: [String])] = [
    (["pl"], ["plan"]),
    (["he"], ["help"]),
    (["nothing", ""], []),
    (["plan", "--ch"], ["--channel"]),
    (["plan", "--det"], ["--detailed-exitcode"]),
    (["plan", "--channel", "st"], []),
    (["plan", "--output", ""], ["json", "markdown", "text"]),
    (["plan", "--detailed-exitcode", "--log-level", "de"], ["debug"]),
    (["plan", "--config", "s"], ["state.yaml", "store/"]),
    (["plan", "--state-dir", "s"], ["store/"]),
    (["run", "s"], []),
    (["validate", "sta"], ["state.yaml"]),
    (["set", "--file", "sta"], ["state.yaml"]),
    (["cut", "--hold", "a", "--ho"], ["--hold"]),
    (["help", "doc"], ["doctor"]),
    (["completions", ""], ["bash", "fish", "zsh"]),
  ]

  private func offers(
    of shell: Shell, _ complete: (TemporaryDirectory, [String]) async throws -> String
  ) async throws {
    try await withTemporaryDirectory { folder in
      let script = try await tagkeeper("completions", shell.rawValue, in: folder)
      #expect(script.status == 0 && script.errors == "")
      try folder.write(script.output, to: "script/tagkeeper.\(shell)")
      try folder.write("", to: "files/state.yaml")
      try folder.write("", to: "files/store/x")
      let options = Program.commands.map { command in
        (
          words: [command.name, "-"],
          offered: (command.options + Arguments.globalOptions).map(\.name).sorted()
        )
      }
      for (words, offered) in Self.lines + options {
        let output = try await complete(folder, words)
        // The folder's slash, the option's equals sign and the description are the shell's to add.
        let found = output.split(separator: "\n").map { line in
          String(line.prefix { $0 != "\t" && $0 != "=" && $0 != "/" })
        }
        let expected = offered.map { $0.replacing("/", with: "") }
        #expect(Set(found) == Set(expected), "\(words)")
      }
    }
  }

  @Test(.enabled(if: DebianProgram.bash.isExpected, "\(DebianProgram.bash.absence)"))
  func bash() async throws {
    try await offers(of: .bash) { folder, words in try await bash(folder, words) }
  }

  /// As bash splits `--output=j` and `a:b`, at a `=` and at a `:`.
  @Test(
    .enabled(if: DebianProgram.bash.isExpected, "\(DebianProgram.bash.absence)"),
    arguments: [
      (["plan", "--output", "=", "j"], "json\n"), (["plan", "--output", "="], "text\njson\nmarkdown\n"),
      (["validate", "a", ":", "b"], "bc\n"), (["validate", "a", ":"], "bc\n"), (["validate", "a"], "a:bc\n"),
      (["plan", "--config", "a", ":", "b"], "bc\n"), (["plan", "--config", "=", "a", ":", "b"], "bc\n"),
    ])
  func bashWithWordsThatItSplits(_ words: [String], _ offered: String) async throws {
    try await withTemporaryDirectory { folder in
      try folder.write(
        try await tagkeeper("completions", "bash", in: folder).output, to: "script/tagkeeper.bash")
      try folder.write("", to: "files/a:bc")
      #expect(try await bash(folder, words) == offered)
    }
  }

  private func bash(_ folder: TemporaryDirectory, _ words: [String]) async throws -> String {
    let script = """
      source "$1"
      shift
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
      _tagkeeper
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    let done = try await DebianProgram.bash.run(
      ["--norc", "--noprofile", "-uc", script, "bash", folder("script/tagkeeper.bash"), "tagkeeper"] + words,
      in: folder("files"))
    #expect(done.isSuccess && done.errors == "", "\(words): \(done.errors)")
    return done.output
  }

  @Test(.enabled(if: DebianProgram.fish.isExpected, "\(DebianProgram.fish.absence)"))
  func fish() async throws {
    try await offers(of: .fish) { folder, words in
      let done = try await DebianProgram.fish.run(
        [
          "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", folder("script/tagkeeper.fish"),
          (["tagkeeper"] + words).joined(separator: " "),
        ], environment: ["HOME": folder.path], in: folder("files"))
      #expect(done.isSuccess && done.errors == "", "\(words): \(done.errors)")
      return done.output
    }
  }

  /// zsh completes in its line editor alone: a pseudo-terminal has one, and what it would offer is written down.
  @Test(.enabled(if: DebianProgram.zsh.isExpected, "\(DebianProgram.zsh.absence)"))
  func zsh() async throws {
    try await offers(of: .zsh) { folder, words in
      try folder.write("", to: "offered")
      try folder.write(Self.zshSetting, to: "setting.zsh")
      let done = try await DebianProgram.zsh.run(
        ["-f", "-c", Self.zshTyping, "zsh", folder.path, (["tagkeeper"] + words).joined(separator: " ")],
        environment: ["HOME": folder.path, "TERM": "xterm"], in: folder("files"))
      #expect(done.isSuccess && done.errors == "", "\(words): \(done.errors)")
      return try folder.read("offered")
    }
  }

  /// Notes each candidate that matches; calls that only sort candidates into arrays are zsh's own affair.
  private static let zshSetting = """
    PROMPT=
    autoload -Uz compinit && compinit -u -d $folder/dump
    source $folder/script/tagkeeper.zsh
    compadd() {
      if [[ ${@[1,(i)(-|--)]} == *-[OAD]\\ * ]]; then
        builtin compadd "$@"
        return
      fi
      local -a found
      builtin compadd -A found "$@"
      (($#found)) && print -rl -- $found >> $folder/offered
      builtin compadd "$@"
    }
    over() { exit }
    comppostfuncs=(over)
    print ready
    """

  private static let zshTyping = """
    zmodload zsh/zpty
    zpty shell folder=${(q)1} zsh -f -i
    zpty -w shell 'source $folder/setting.zsh'
    zpty -r shell said '*ready*'
    zpty -w -n shell $2$'\\t'
    while zpty -r shell said; do :; done
    """
}
