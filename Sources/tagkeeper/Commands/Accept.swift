import Reconciler
import Model

extension CommandSpec {
  static let accept = CommandSpec(
    name: "accept", summary: "End the hold of a branch that was rewound.", operands: "--channel NAME COMMIT",
    operandCount: 1...1,
    discussion: """
      A branch whose tip does not follow the commit applied last is held: somebody rewound or replaced it.
      Where that is meant, accept the new tip; the daemon goes on from there at once.

        tagkeeper accept --channel latest origin/production
      """,
    options: [OptionSpec(name: "--channel", value: "NAME", help: "the channel, required")]
  ) { arguments in
    guard let name = arguments["--channel"] else {
      throw CommandFailure("which channel? give --channel NAME", status: .usage)
    }
    let workspace = try Workspace(arguments)
    let channel = try workspace.channel(named: name)
    let repository = try await workspace.repository()
    let commit = try await repository.commit(named: arguments.operands[0])!
    let directory = try workspace.stateDirectory(arguments)
    guard let abandoned = try directory.record().channels[channel.name]?.applied else {
      throw CommandFailure(
        "\(directory.path): nothing was ever applied to \(channel.name) from this state directory: give the daemon's by "
          + "--state-dir")
    }
    let acceptance = Acceptance(commit: commit, abandoned: abandoned)
    do { try workspace.acceptances(directory).write(acceptance, for: channel.name) } catch {
      throw CommandFailure(error)
    }
    Console.out(
      "accepted \(commit) in place of \(abandoned.short) for \(channel.name): the daemon goes on once \(channel.branch) has it\n"
    )
    return .done
  }
}
