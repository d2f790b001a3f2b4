import FoundationEssentials
import LinuxSystem
import Model
import Planning
import StateFile

extension CommandSpec {
  static let mergeDriver = CommandSpec(
    name: "merge-driver", summary: "Merge state files for git, image by image.",
    operands: "%O %A %B %P", operandCount: 3...4, operandKind: .file,
    discussion: """
      Git calls it (gitattributes(5), "Defining a custom merge driver") for merges, rebases, reverts and
      cherry-picks in a checkout where `tagkeeper init --merge-driver` registered it. It conflicts only where
      both sides changed the same image; the conflict's markers stand around that image alone. Hosts
      that merge pull requests don't run it.
      """
  ) { arguments in
    let (base, ours, theirs) = (
      try StateText.file(at: arguments.operands[0]), try StateText.file(at: arguments.operands[1]),
      try StateText.file(at: arguments.operands[2])
    )
    let path = arguments.operands.count > 3 ? arguments.operands[3] : arguments.operands[1]
    guard let baseState = base.isBlank ? .empty : state(base), let ourState = state(ours),
      let theirState = state(theirs)
    else {
      return try await mergeLines(arguments.operands)
    }
    let merge = ThreeWayMerge(
      base: baseState, ours: ourState, theirs: theirState)
    let conflicts = merge.conflicts.map(\.key)
    let merged: StateText
    do {
      merged = try StateText.merging(
        base: base, ours: ours, theirs: theirs, to: merge.entries, conflicts: conflicts,
        labels: (ours: "ours", theirs: "theirs"))
    } catch {
      throw CommandFailure(error)
    }
    try merged.save()
    guard conflicts.isEmpty else {
      let names = conflicts.map(\.description).joined(separator: ", ")
      throw CommandFailure("\(path): both sides changed \(names): decide between the markers, then commit")
    }
    return .done
  }
}

/// Nil where the file has errors.
private func state(_ text: StateText) -> DesiredState? { StateText.read([text]).state }

/// As git merges any text: what has errors has no images to merge.
private func mergeLines(_ paths: [String]) async throws -> ExitStatus {
  let done = try await ChildProcess.run(
    Command(
      "git", ["merge-file", "-q", "-L", "ours", "-L", "base", "-L", "theirs", paths[1], paths[0], paths[2]],
      environment: ProcessInfo.processInfo.environment),
    timeout: .seconds(60))
  return done.termination.isSuccess ? .done : .attention
}
