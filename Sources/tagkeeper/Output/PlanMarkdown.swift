import Model
import Reconciler

/// Plans for a pull request's comment (GitHub-flavoured Markdown).
enum PlanMarkdown {
  static func text(_ reports: [PassReport]) -> String { reports.map(section).joined(separator: "\n") }

  private static func section(_ report: PassReport) -> String {
    let at = report.commit.map { " at `\($0.short)`" } ?? ""
    var lines = ["### \(escaped(report.channel)): `\(report.branch)`\(at)", ""]
    if let error = report.error {
      lines += ["**Held: nothing would be changed.**", "", fenced(error)]
    } else if report.plan.changes.isEmpty {
      lines.append("Nothing to change: \(report.plan.inSync) in sync.")
    } else {
      lines += ["| | tag | from | to | |", "|---|---|---|---|---|"]
      lines += report.plan.changes.map(row)
      let summary = report.plan.summary
      lines += [
        "",
        "\(summary.create) to create, \(summary.move) to move, \(summary.delete) to delete, \(summary.blocked) blocked, "
          + "\(summary.held) held, \(summary.inSync) in sync.",
      ]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func row(_ change: Change) -> String {
    let note = [change.cause == .drift ? "drift" : nil, change.reason].compactMap(\.self).joined(
      separator: ": ")
    return
      "| \(change.action.rawValue) | `\(change.reference)` | \(code(change.from)) | \(code(change.to)) | \(escaped(note)) |"
  }

  private static func code(_ digest: Digest?) -> String { digest.map { "`\($0.short)`" } ?? "" }

  /// Text that can neither end a table's cell nor become markup.
  private static func escaped(_ text: String) -> String {
    text.printable.map { "\\`*_{}[]<>()#+!|~&".contains($0) ? "\\\($0)" : String($0) }.joined()
  }

  private static func fenced(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.map { "    " + String($0).printable }.joined(separator: "\n")
  }
}
