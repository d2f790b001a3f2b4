import Model

extension CommandSpec {
  static let suspend = CommandSpec(
    name: "suspend", summary: "Leave everything, a channel or images as they are, until resumed.",
    operands: "[IMAGE…]", operandCount: 0...1000,
    discussion: """
      Nothing of what is suspended is created, moved, deleted or healed, over restarts too, and `plan` goes
      on telling what would be. The daemon takes it at once, in the middle of a pass; a deletion by
      tombstone that had begun is brought to its end. A TIME is 2026-11-23T14:00:00Z, the end of a day in
      UTC, or how long from now: 2h.

        tagkeeper suspend --channel latest --reason "incident 4711" --until 2h
        tagkeeper suspend ubuntu-22.04-helix-amd64 --reason "bisecting"
        tagkeeper resume --channel latest
      """,
    options: SuspensionScope.options + [
      OptionSpec(name: "--reason", value: "WHY", help: "what everybody is told, required"),
      OptionSpec(name: "--until", value: "TIME", help: "when it ends by itself"),
    ]
  ) { arguments in
    guard let reason = arguments["--reason"], reason.contains(where: { !$0.isWhitespace }) else {
      throw CommandFailure("why? give --reason WHY: everybody who meets it is told", status: .usage)
    }
    let workspace = try Workspace(arguments)
    let now = workspace.time.now()
    let until = try arguments["--until"].map { text throws(CommandFailure) in
      try TimeArgument.deadline("--until", text, now: now)
    }
    let directory = try workspace.stateDirectory(arguments)
    guard try directory.isInUse() else {
      throw CommandFailure(
        """
        \(directory.path): no daemon ever ran on this state directory: give the daemon's by --state-dir; that of \
        systemd's service is /var/lib/tagkeeper, its user's alone: \
        runuser -u tagkeeper -- tagkeeper suspend … --state-dir /var/lib/tagkeeper
        """)
    }
    let scope = try await SuspensionScope(arguments, workspace)
    for image in scope.undeclared {
      Console.error(
        "tagkeeper: no branch declares \(image) now: this keeps its tag from being deleted, or from nothing "
          + "where the name is wrong\n")
    }
    // One line: logs have no more.
    let why = reason.split(whereSeparator: \.isNewline).joined(separator: " ")
    let added = scope.suspensions(why, author: UserName.current, since: now, until: until)
    var replaced: [Suspension] = []
    try workspace.suspensions(directory).update { known in
      let inForce = known.filter { $0.isInForce(at: now) }
      replaced = inForce.filter { old in added.contains { $0.hasScope(of: old) } }
      return inForce.filter { !replaced.contains($0) } + added
    }
    Console.out(added.map { "\($0.scope): \($0.sentence)".printable + "\n" }.joined())
    Console.out(replaced.map { "in place of \($0.scope): \($0.sentence)".printable + "\n" }.joined())
    return .done
  }

  static let resume = CommandSpec(
    name: "resume", summary: "End a suspension.", operands: "[IMAGE…]", operandCount: 0...1000,
    discussion: """
      Ends what was suspended by the same words: --channel, images, or neither. --all ends everything. The
      daemon goes on at once.
      """,
    options: SuspensionScope.options + [OptionSpec(name: "--all", help: "whatever is suspended")]
  ) { arguments in
    let workspace = try Workspace(arguments)
    let directory = try workspace.stateDirectory(arguments)
    let isAll = arguments.isGiven("--all")
    if isAll, arguments["--channel"] != nil || !arguments.operands.isEmpty {
      throw CommandFailure("--all stands alone: it ends every suspension", status: .usage)
    }
    let file = workspace.suspensions(directory)
    let scope = try isAll ? nil : await SuspensionScope(arguments, workspace, besides: file.read())
    let now = workspace.time.now()
    var (ended, left): ([Suspension], [Suspension]) = ([], [])
    try file.update { known throws(CommandFailure) in
      let inForce = known.filter { $0.isInForce(at: now) }
      ended = inForce.filter { scope?.has($0) ?? true }
      guard !ended.isEmpty else {
        throw nothingToResume(
          inForce, " --config \(workspace.configurationPath) --state-dir \(directory.path.absolute)")
      }
      left = inForce.filter { !ended.contains($0) }
      return left
    }
    Console.out(ended.map { "resumed \($0.scope), which was \($0.sentence)".printable + "\n" }.joined())
    Console.out(left.map { "still suspended: \($0.scope): \($0.sentence)".printable + "\n" }.joined())
    return .done
  }

  private static func nothingToResume(_ inForce: [Suspension], _ place: String) -> CommandFailure {
    guard !inForce.isEmpty else { return CommandFailure("nothing is suspended") }
    let lines = inForce.map { "  \($0.scope): \($0.sentence)\n    tagkeeper resume\(place)\($0.words)" }
    return CommandFailure("that is not suspended; this is:\n" + lines.joined(separator: "\n"))
  }
}

extension Suspension {
  /// `latest`, `team/app/a on latest`.
  fileprivate var scope: String {
    guard let image else { return channel ?? "all channels" }
    return "\(image) on \(channel ?? "all channels")"
  }

  /// What `resume` needs to be told.
  fileprivate var words: String {
    (channel.map { " --channel \($0)" } ?? "") + (image.map { " \($0)" } ?? "")
  }
}
