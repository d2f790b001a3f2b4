import Model
import Planning
import Reconciler

extension CommandSpec {
  static let history = CommandSpec(
    name: "history", summary: "Tell what a tag pointed to, since when, from which commit, and who wrote it.",
    operands: "[IMAGE]", operandCount: 0...1,
    discussion: """
      Joins what the branches declared with what the journal says was applied, newest first: of one image,
      or of all. `drift` is a push past the branch, and how it was put right; `undeclared` is what the
      branch does not explain, such as apply --rev.

        tagkeeper history ubuntu-22.04-helix-amd64
        tagkeeper history --since 3d --output markdown
        tagkeeper history ubuntu-22.04-helix-amd64 --channel latest --at 2026-11-20T14:00:00Z
        tagkeeper history --digest 9c1d5e0a77b2
        tagkeeper history --verify

      --at prints one digest, and on standard error whether the journal tells it (what was applied) or the
      branch (what was declared). A TIME is 2026-11-20T14:00:00Z, a day in UTC (its end, or with --since
      its start), or how long ago: 3d, 12h. Times are when the commit landed on the branch. The journal is
      the daemon's: run this where it runs, or name its folder with --state-dir.

      --verify checks the journal itself: each line has the SHA-256 of the line before it, so one that was
      changed or is missing shows. It prints the last line's digest: kept elsewhere, and given with --last
      to a later --verify, it shows lines that were cut off at the end.
      """,
    options: [
      OptionSpec(name: "--channel", value: "NAME", help: "this channel alone"),
      OptionSpec(name: "--at", value: "TIME", help: "what IMAGE's tag pointed to then: one digest"),
      OptionSpec(name: "--since", value: "TIME", help: "nothing older"),
      OptionSpec(
        name: "--digest", value: "DIGEST", help: "which images had it, and when; 7 digits are enough"),
      OptionSpec(name: "--verify", help: "check that no line of the journal was changed or is missing"),
      OptionSpec(name: "--last", value: "DIGEST", help: "what an earlier --verify printed"),
    ]
  ) { arguments in
    let question = try HistoryQuestion(arguments)
    let workspace = try Workspace(arguments)
    let format: OutputFormat = arguments.choice("--output", default: .text)
    if question.verifies {
      let output = try JournalCheckOutput(workspace.stateDirectory(arguments), last: question.last)
      Console.out(output.text(format))
      return output.isWhole ? .done : .attention
    }
    let times = try question.times(now: workspace.time.now())
    let channels = try question.channels(workspace.channels(chosenBy: arguments))
    let journal = try workspace.journalIfHere(arguments)
    let histories = try await HistoryReader(workspace, journal).histories(of: channels)
    let images = histories.reduce(into: Set<ImageKey>()) { $0.formUnion($1.images) }
    let key = try question.image.map { name throws(CommandFailure) in
      try ImageArgument.key(name, among: images)
    }
    if let at = times.at, let key {
      return InstantOutput(history: histories[0], key: key, time: at, journal: journal).print(format)
    }
    let text: String
    if let digest = question.digest {
      text = try DigestOutput(digest, histories).text(format)
    } else {
      let lines = histories.map { ($0, $0.lines(of: key, since: times.since)) }
      text = HistoryOutput(channels: lines, image: key).text(format)
    }
    if let absence = journal.absence {
      Console.error("tagkeeper: what was applied is not known: \(absence.printable)\n")
    }
    Console.out(text)
    return .done
  }
}

/// What `history` was asked, checked before anything is read.
private struct HistoryQuestion {
  let image: String?
  let digest: String?
  let verifies: Bool
  /// What an earlier check of the journal ended with.
  let last: Digest?
  private let at: String?
  private let since: String?

  /// - Throws: `CommandFailure` with status 64 for options that don't go together.
  init(_ arguments: Arguments) throws(CommandFailure) {
    image = arguments.operands.first
    digest = arguments["--digest"]
    at = arguments["--at"]
    since = arguments["--since"]
    verifies = arguments.isGiven("--verify")
    do { last = try arguments["--last"].map { try Digest($0) } } catch {
      throw CommandFailure("--last: \(error)", status: .usage)
    }
    func refuse(_ problem: String) throws(CommandFailure) { throw CommandFailure(problem, status: .usage) }
    if at != nil, image == nil { try refuse("--at is for one image: tagkeeper history IMAGE --at TIME") }
    if at != nil, since != nil { try refuse("give --at or --since, not both") }
    if digest != nil, image != nil || at != nil || since != nil {
      try refuse("--digest stands alone, or with --channel: it finds the images and the times")
    }
    if last != nil, !verifies { try refuse("--last is for --verify") }
    if verifies, image != nil || digest != nil || at != nil || since != nil || arguments["--channel"] != nil {
      try refuse("--verify stands alone, or with --last: it checks the journal of all channels")
    }
  }

  /// - Throws: `CommandFailure` with status 64.
  func times(now: Timestamp) throws(CommandFailure) -> (at: Timestamp?, since: Timestamp?) {
    let at = try at.map { text throws(CommandFailure) in
      try TimeArgument.time("--at", text, of: .end, now: now)
    }
    let since = try since.map { text throws(CommandFailure) in
      try TimeArgument.time("--since", text, of: .start, now: now)
    }
    return (at, since)
  }

  /// - Throws: `CommandFailure` with status 64 where the answer would be several tags.
  func channels(_ chosen: [ChannelSettings]) throws(CommandFailure) -> [ChannelSettings] {
    if at != nil, chosen.count > 1 {
      let known = chosen.map(\.name).joined(separator: ", ")
      throw CommandFailure("--at is for one channel: give --channel, one of \(known)", status: .usage)
    }
    return chosen
  }
}
