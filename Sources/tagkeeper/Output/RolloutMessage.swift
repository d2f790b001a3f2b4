import Model
import Planning

/// The message of a cut's commit: counts, the table, and the lines that say where it came from and what it is for.
struct RolloutMessage {
  let table: RolloutTable
  let from: CommitID
  let onto: CommitID

  var text: String {
    """
    Roll out \(table.source) to \(table.target): \(table.counts)

    \(table.lines.joined(separator: "\n"))

    \(StateChain.rolloutFrom): \(from)
    \(StateChain.rolloutOnto): \(onto)
    """
  }
}
