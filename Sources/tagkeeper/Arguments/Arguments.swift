import Model

/// The arguments of one command, parsed against its options: `--name value`, `--name=value`, flags, operands, and `--`
/// after which everything is an operand.
struct Arguments: Sendable {
  private(set) var operands: [String] = []
  /// In the order given: an option may be repeated.
  private var values: [String: [String]] = [:]

  /// - Throws: `CommandFailure` with status 64 for what the command does not know.
  init(_ words: [String], for command: CommandSpec) throws(CommandFailure) {
    let options = command.options + Self.globalOptions
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--" {
        operands += rest
        break
      }
      guard word.hasPrefix("-"), word != "-" else {
        operands.append(word)
        continue
      }
      try take(word, &rest, options, command)
    }
    guard command.operandCount.contains(operands.count) || isGiven("--help") else {
      throw CommandFailure(Self.countProblem(operands.count, command), status: .usage)
    }
    for operand in operands { try command.operandKind.check(operand, of: command.operands) }
  }

  func isGiven(_ flag: String) -> Bool { values[flag] != nil }
  /// The value given last.
  subscript(_ option: String) -> String? { values[option]?.last }
  /// Every value given, in order: for options that may be repeated.
  func all(_ option: String) -> [String] { values[option] ?? [] }

  /// The value of an option of the kind `.oneOf(Choice.self)`, so that parsing has refused every other word.
  func choice<Choice: RawRepresentable<String>>(_ option: String, default fallback: Choice) -> Choice {
    self[option].flatMap(Choice.init) ?? fallback
  }

  private mutating func take(
    _ word: String, _ rest: inout ArraySlice<String>, _ options: [OptionSpec], _ command: CommandSpec
  ) throws(CommandFailure) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let name = parts[0] == "-h" ? "--help" : parts[0]
    guard let option = options.first(where: { $0.name == name }) else {
      throw CommandFailure(
        "\(command.name) has no option \(name.quoted): see tagkeeper help \(command.name)", status: .usage)
    }
    guard option.value != nil else {
      guard parts.count == 1 else { throw CommandFailure("\(name) takes no value", status: .usage) }
      values[name] = [""]
      return
    }
    guard let value = parts.count == 2 ? parts[1] : rest.popFirst(), !value.isEmpty else {
      throw CommandFailure("\(name) needs a value: \(name) \(option.value!)", status: .usage)
    }
    try option.kind.check(value, of: name)
    values[name, default: []].append(value)
  }

  private static func countProblem(_ count: Int, _ command: CommandSpec) -> String {
    guard command.operandCount.upperBound > 0 else {
      return "\(command.name) takes no arguments, only options"
    }
    let problem = count < command.operandCount.lowerBound ? "too few arguments" : "too many arguments"
    return "\(problem): tagkeeper \(command.name) \(command.operands)"
  }

  static let globalOptions = [
    OptionSpec(
      name: "--config", value: "FILE", kind: .file,
      help: "configuration; else $TAGKEEPER_CONFIG, ./tagkeeper.yaml, /etc/tagkeeper/tagkeeper.yaml"),
    OptionSpec(
      name: "--state-dir", value: "DIR", kind: .folder,
      help: "journal, lock and manifest cache; else $STATE_DIRECTORY, ~/.local/state/tagkeeper"),
    OptionSpec(name: "--output", value: "FORMAT", kind: .oneOf(OutputFormat.self), help: "form of results"),
    OptionSpec(
      name: "--log-format", value: "FORMAT", kind: .oneOf(Log.Format.self), help: "form of log lines"),
    OptionSpec(name: "--log-level", value: "LEVEL", kind: .oneOf(Log.Level.self), help: "what is logged"),
    OptionSpec(name: "--no-color", help: "no colours, as with NO_COLOR set"),
    OptionSpec(name: "--help", help: "this text"),
  ]
}
