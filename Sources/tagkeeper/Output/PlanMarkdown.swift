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
    var blocks: [String] = []
    if let verdict = report.verdict(tense) { blocks.append("**\(verdict.capitalizingFirst).**") }
    if let error = report.error { blocks.append(fenced(error)) }
    blocks += (report.suspensions ?? []).map { "**\($0.told.escapedMarkdown)**" }
    if report.showsPlan { blocks.append(plan(report.plan)) }
    lines.append(blocks.joined(separator: "\n\n"))
    for (what, gap) in report.gaps {
      lines += ["", "**\(what.capitalizingFirst) are held:** \(gap.escapedMarkdown)"]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func plan(_ plan: Plan) -> String {
    guard !plan.changes.isEmpty else { return "Nothing to change, \(plan.inSync) in sync." }
    let head = ["| | tag | from | to | |", "|---|---|---|---|---|"]
    return (head + plan.changes.map(row) + ["", PlanText.counts(tense.summary(plan), tense)])
      .joined(separator: "\n")
  }

  private func row(_ change: Change) -> String {
    let outcome = change.outcome == .failed ? "failed" : tense.isNotBegun(change) ? "not begun" : nil
    let copied = change.copiedFrom.map { "copied from \($0)" }
    let note = [change.cause.remark, copied, outcome, change.reason].compactMap(\.self).joined(
      separator: ": ")
    return
      "| \(change.action.rawValue) | `\(change.reference)` | \(change.from.code) | \(change.to.code) | \(note.escapedMarkdown) |"
  }

  private func fenced(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.map { "    " + String($0).printable }.joined(separator: "\n")
  }
}

extension String {
  fileprivate var capitalizingFirst: String { prefix(1).uppercased() + dropFirst() }
}

extension Digest? {
  /// Short, as code in Markdown; nothing where there is none.
  var code: String { map { "`\($0.short)`" } ?? "" }
}

extension String {
  /// Text that can neither end a table's cell nor become markup.
  var escapedMarkdown: String {
    printable.map { "\\`*_{}[]<>()#+!|~&".contains($0) ? "\\\($0)" : String($0) }.joined()
  }
}
