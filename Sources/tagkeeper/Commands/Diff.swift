import Model
import Planning

extension CommandSpec {
  static let diff = CommandSpec(
    name: "diff", summary: "Show what two revisions declare differently, and which commits did it.",
    operands: "OLD NEW", operandCount: 2...2,
    discussion: """
      Compares the desired states of two commits or branches, image by image: `+` added, `~` moved, `-`
      removed, `=` another hold or end-of-life day. Each comes with the commit that last changed it on
      NEW's first-parent chain. No registry is asked. For a pull request's description:

        tagkeeper diff production main --output markdown

      Exit status 0 whether or not something differs.
      """
  ) { arguments in
    let format: OutputFormat = arguments.choice("--output", default: .text)
    let reader = try await RolloutReader(Workspace(arguments))
    let (oldName, newName) = (arguments.operands[0], arguments.operands[1])
    guard let old = try await reader.repository.commit(named: oldName),
      let new = try await reader.repository.commit(named: newName)
    else { return .attention }
    let (oldState, newState) = try await states(old, new, reader)
    var timeline: BranchTimeline?
    var gap: String?
    do throws(CommandFailure) { timeline = try await reader.timeline(to: new) } catch { gap = error.message }
    let output = StateDiffOutput(
      old: (oldName, old), new: (newName, new), differences: newState.difference(from: oldState),
      total: newState.entries.count, timeline: timeline, gap: gap)
    Console.out(output.text(format))
    return .done
  }
}

/// - Throws: `CommandFailure` with the errors of both.
private func states(
  _ old: CommitID, _ new: CommitID, _ reader: RolloutReader
) async throws(CommandFailure) -> (DesiredState, DesiredState) {
  var failures: [String] = []
  func state(_ commit: CommitID) async -> DesiredState? {
    do { return try await reader.state(at: commit).state } catch {
      failures.append(error.message)
      return nil
    }
  }
  let oldState = await state(old)
  let newState = old == new ? oldState : await state(new)
  guard let oldState, let newState else { throw CommandFailure(failures.joined(separator: "\n")) }
  return (oldState, newState)
}
