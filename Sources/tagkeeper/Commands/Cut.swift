import Configuration
import GitCheckout
import Model
import Planning
import Reconciler

extension CommandSpec {
  static let cut = CommandSpec(
    name: "cut", summary: "Prepare a rollout: a branch with one commit, and what it takes and leaves.",
    discussion: """
      Decides for every image whether production gets what main declares, and writes that as one commit
      on production's tip, on a branch of its own. What was rolled back stays out until main declares
      something else; a hotfix stays until main declares something newer. Merge, squash, rebase or
      fast-forward it: the result is the same.

        tagkeeper cut
        tagkeeper cut --soak 3d --hold ubuntu-22.04-helix-amd64
        tagkeeper cut --only alpine-3.20-amd64 --branch rollout/alpine

      Neither the working tree, the index nor HEAD is read or changed.
      """,
    options: [
      OptionSpec(
        name: "--from", value: "CHANNEL", help: "where the rollout comes from; else the first of two"),
      OptionSpec(name: "--onto", value: "CHANNEL", help: "where it lands; else the second of two"),
      OptionSpec(name: "--branch", value: "NAME", help: "the branch to make; else rollout/DATE"),
      OptionSpec(name: "--hold", value: "IMAGE", help: "leave this image as it is; may be given again"),
      OptionSpec(
        name: "--only", value: "IMAGE",
        help: "nothing but this image, also where it was rolled back; may be given again"),
      OptionSpec(
        name: "--soak", value: "DURATION",
        help: "only digests that have been on main for that long, such as 3d"),
      OptionSpec(name: "--with-files", help: "main's other files too, by a three-way merge"),
      OptionSpec(name: "--update", help: "replace an earlier cut on the branch"),
    ]
  ) { arguments in
    let format: OutputFormat = arguments.choice("--output", default: .text)
    let workspace = try Workspace(arguments)
    let reader = try await RolloutReader(workspace)
    let channels = try reader.channels(from: arguments["--from"], onto: arguments["--onto"])
    let source = try await reader.branch(of: channels.source)
    let target = try await reader.branch(of: channels.target)
    let soak = try arguments["--soak"].map { text throws(CommandFailure) in try duration(text) }
    let cut = RolloutCut(
      from: source.timeline, state: source.state, onto: target.timeline, state: target.state,
      try rolloutOptions(arguments, source, target, soak, workspace))
    let table = RolloutTable(
      cut: cut, source: channels.source.branch, target: channels.target.branch, soak: soak)
    func print(
      _ branch: String? = nil, _ commit: CommitID? = nil, keptFiles: [String] = [], next: [String] = []
    ) {
      Console.out(
        RolloutOutput(
          table: table, from: source.tip, onto: target.tip, branch: branch, commit: commit,
          keptFiles: keptFiles, next: next
        ).text(format))
    }
    let branch = arguments["--branch"] ?? "rollout/\(workspace.time.now().day)"
    guard !cut.isEmpty else {
      print()
      guard try await CutBranch.holdsCut(branch, for: target, reader) else { return .done }
      let leftover =
        "\(branch) still holds an earlier cut: close its pull request, and delete it with git branch -D \(branch)\n"
      // A JSON object stays one.
      if format == .json { Console.error(leftover) } else { Console.out(leftover) }
      return .attention
    }
    let destination = try await CutBranch(
      branch, workspace, reader.repository, replaces: arguments.isGiven("--update"))
    let withFiles = arguments.isGiven("--with-files")
    let files = withFiles ? try await OtherFiles(reader.repository, workspace).merged(source, target) : nil
    let commit = try await StateCommit(
      repository: reader.repository, texts: target.texts,
      parents: withFiles ? [target.tip, source.tip] : [target.tip], tree: files?.tree
    ).write(
      cut.state, following: source.texts,
      message: RolloutMessage(
        table: table, channel: channels.target.name, from: source.tip, onto: target.tip, withFiles: withFiles
      ).text)
    try await destination.set(to: commit)
    print(
      branch, commit, keptFiles: files?.kept ?? [],
      next: [
        "tagkeeper plan --channel \(channels.target.name) --rev \(branch)",
        try await reader.repository.push(
          branch, "and open a pull request onto \(channels.target.branch.withoutRemote)"),
      ].compactMap(\.self))
    return .done
  }
}

private func duration(_ text: String) throws(CommandFailure) -> Duration {
  guard let duration = Duration(configuration: text) else {
    throw CommandFailure(
      "--soak \(text.quoted): write a number and ms, s, m, h or d, such as 3d", status: .usage)
  }
  return duration
}

private func rolloutOptions(
  _ arguments: Arguments, _ source: RolloutBranch, _ target: RolloutBranch, _ soak: Duration?,
  _ workspace: Workspace
) throws(CommandFailure) -> RolloutOptions {
  let keys = Set((source.state.entries + target.state.entries).map(\.key))
  let hold = try ImageArgument.keys(arguments.all("--hold"), among: keys)
  let only = try ImageArgument.keys(arguments.all("--only"), among: keys)
  var options = RolloutOptions(hold: Set(hold), only: only.isEmpty ? nil : Set(only))
  if let soak {
    let now = workspace.time.now()
    let until = Timestamp(milliseconds: now.milliseconds - soak.milliseconds)
    let start = SoakStart(try workspace.journalIfHere(arguments).entries, of: source)
    options.soak = Soak(until: until) { start.time(of: $0) }
  }
  return options
}
