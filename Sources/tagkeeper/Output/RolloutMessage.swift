import Configuration
import Model
import Planning

/// The message of a cut's commit: counts, the table, and the lines that say where it came from and what it is for.
struct RolloutMessage {
  let table: RolloutTable
  let channel: String
  let from: CommitID
  let onto: CommitID
  let withFiles: Bool

  var text: String {
    var lines =
      [
        "Roll out \(table.source) to \(table.target): \(table.counts)", "",
      ] + table.lines + [""]
    lines += [
      "\(StateChain.rolloutFrom): \(from)", "\(StateChain.rolloutOnto): \(onto)",
      "\(StateChain.rolloutChannel): \(channel)",
    ]
    if let soak = table.soak { lines.append("\(StateChain.rolloutSoak): \(soak.configuration)") }
    if withFiles { lines.append("\(StateChain.rolloutFiles): yes") }
    return lines.joined(separator: "\n")
  }
}
