import Model
import Reconciler

/// Plans for a pull request's comment (GitHub-flavoured Markdown).
struct PlanMarkdown {
  let tense: PlanText.Tense

  func text(_ reports: [PassReport]) -> String { reports.map(section).joined(separator: "\n") }

  private func section(_ report: PassReport) -> String {
    let at = report.commit.map { " at `\($0.short)`" } ?? ""
    let named =
      report.revision.map { "\($0.escapedMarkdown), as if on `\(report.branch)`," } ?? "`\(report.branch)`"
    var lines = ["### \(report.channel.escapedMarkdown): \(named)\(at)", ""]
    if let error = report.error {
      lines += ["**\(PlanText.verdict(report, tense).capitalizingFirst).**", "", fenced(error)]
    } else if report.plan.changes.isEmpty {
      lines.append("Nothing to change, \(report.plan.inSync) in sync.")
    } else {
      lines += ["| | tag | from | to | |", "|---|---|---|---|---|"]
      lines += report.plan.changes.map(row)
      lines += ["", PlanText.counts(tense == .plan ? report.plan.summary : report.plan.outcomes, tense)]
    }
    for (what, gap) in report.gaps {
      lines += ["", "**\(what.capitalizingFirst) are held:** \(gap.escapedMarkdown)"]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func row(_ change: Change) -> String {
    let failure = change.outcome == .failed ? "failed" : nil
    let note = [change.cause.remark, failure, change.reason].compactMap(\.self).joined(
      separator: ": ")
    return
      "| \(change.action.rawValue) | `\(change.reference)` | \(code(change.from)) | \(code(change.to)) | \(note.escapedMarkdown) |"
  }

  private func code(_ digest: Digest?) -> String { digest.map { "`\($0.short)`" } ?? "" }

  private func fenced(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.map { "    " + String($0).printable }.joined(separator: "\n")
  }
}

extension String {
  fileprivate var capitalizingFirst: String { prefix(1).uppercased() + dropFirst() }
}

extension String {
  /// Text that can neither end a table's cell nor become markup.
  var escapedMarkdown: String {
    printable.map { "\\`*_{}[]<>()#+!|~&".contains($0) ? "\\\($0)" : String($0) }.joined()
  }
}
