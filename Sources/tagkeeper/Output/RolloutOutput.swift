import JSONOutput
import Model
import Planning

/// Prints what a cut takes and leaves.
struct RolloutOutput {
  let table: RolloutTable
  let from: CommitID
  let onto: CommitID
  /// Where the cut is; nil where there was nothing to roll out.
  let branch: String?
  let commit: CommitID?
  /// Other files that the cut leaves as the target has them.
  let keptFiles: [String]
  /// The commands that come next.
  let next: [String]

  func text(_ format: OutputFormat) -> String {
    switch format {
    case .text: text
    case .json: json
    case .markdown: markdown
    }
  }

  private var heading: String { "\(table.source) \(from.short) onto \(table.target) \(onto.short)" }

  private var text: String {
    var lines = [heading] + table.lines
    guard let branch, let commit else {
      return (lines + ["Nothing to roll out: \(table.counts)."]).joined(separator: "\n") + "\n"
    }
    lines += ["Cut: \(table.counts)."] + keptFilesNote + ["branch \(branch) at \(commit.short)", "", "Next:"]
    return (lines + next.map { "  \($0)" }).joined(separator: "\n") + "\n"
  }

  private var keptFilesNote: [String] {
    if keptFiles.isEmpty { return [] }
    let (named, others) = (keptFiles.prefix(10).map(\.printable), keptFiles.count - 10)
    let rest = others > 0 ? " and \(others) more" : ""
    return ["Kept as \(table.target) has them: \(named.joined(separator: ", "))\(rest)."]
  }

  private var markdown: String {
    var lines = ["### Rollout of `\(table.source)` \(from.short) onto `\(table.target)` \(onto.short)", ""]
    if !table.listed.isEmpty {
      lines += ["| | image | \(table.target) | \(table.source) | |", "|---|---|---|---|---|"]
      lines += table.listed.map { verdict in
        let note = verdict.reason.flatMap(table.sentence) ?? ""
        return
          "| \(verdict.action.rawValue) | `\(verdict.key)` | \(verdict.from.code) | \(verdict.to.code) | \(note.escapedMarkdown) |"
      }
      lines.append("")
    }
    return (lines + ["\(table.counts)."] + keptFilesNote.map(\.escapedMarkdown)).joined(separator: "\n")
      + "\n"
  }

  private var json: String {
    JSONWriter.report { json in
      json.member("from", from.description)
      json.member("onto", onto.description)
      json.member("branch", branch)
      json.member("commit", commit?.description)
      json.objects("images", table.cut.verdicts) { json, verdict in
        json.members(of: verdict.key)
        json.member("action", verdict.action.rawValue)
        json.member("from", verdict.from?.description)
        json.member("to", verdict.to?.description)
        json.member("reason", verdict.reason.flatMap(table.sentence))
      }
      json.key("keptFiles")
      json.array(keptFiles) { $0.string($1) }
    }
  }
}
