import Model
import Reconciler

/// Plans as people read them: `+` create, `~` move, `-` delete, `!` blocked, held or failed.
struct PlanText {
  enum Tense { case plan, applied }

  let tense: Tense
  let isColored: Bool

  func text(_ reports: [PassReport]) -> String { reports.map(text).joined(separator: "\n") }

  private func text(_ report: PassReport) -> String {
    let named = report.revision.map { "\($0.printable), as if on \(report.branch)," } ?? report.branch
    var lines = ["\(report.channel): \(named)\(report.commit.map { " at \($0.short)" } ?? "")"]
    if let verdict = report.verdict(tense) { lines.append(colored("! \(verdict)", .red)) }
    if let error = report.error {
      lines += error.split(separator: "\n", omittingEmptySubsequences: false).map {
        "  \(String($0).printable)"
      }
    }
    lines += (report.suspensions ?? []).map { colored("! \($0.told.printable)", .red) }
    if report.showsPlan {
      for (what, gap) in report.gaps {
        lines.append(colored("! \(what) are held: \(gap.printable)", .red))
      }
      let width = report.plan.changes.map(\.reference.description.count).max() ?? 0
      let notes = Notes(report.plan.changes)
      lines += report.plan.changes.map { line($0, width, notes) }
      lines += notes.lines
      lines.append(
        "\(tense == .plan ? "Plan" : "Applied"): \(Self.counts(tense.summary(report.plan), tense))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(_ change: Change, _ width: Int, _ notes: Notes) -> String {
    let tag = change.reference.description.padded(to: width)
    let remarks = [
      change.cause.remark, change.copiedFrom.map { "copied from \($0.printable)" },
      change.reason.map { _ in notes.reason(of: change) },
    ]
    let remark = remarks.compactMap(\.self).map { "  (\($0))" }.joined()
    if change.outcome == .failed { return colored("! \(tag)  failed: \(notes.reason(of: change))", .red) }
    if tense.isNotBegun(change) {
      return "  \(tag)  not begun: still to \(change.action.rawValue)"
    }
    return switch change.action {
    case .create: colored("+ \(tag)  \(short(change.to))\(remark)", .green)
    case .move: colored("~ \(tag)  \(short(change.from)) → \(short(change.to))\(remark)", .yellow)
    case .delete: colored("- \(tag)  \(short(change.from))", .red)
    case .blocked: colored("! \(tag)  blocked: \(notes.reason(of: change))", .red)
    case .held: colored("! \(tag)  \(move(change))held: \(notes.reason(of: change))", .red)
    }
  }

  /// What would be done to a tag that is held by a person's word alone.
  private func move(_ change: Change) -> String {
    guard change.restraint != nil else { return "" }
    return "\(change.from.map { "\($0.short) " } ?? "")→ \(change.to?.short ?? "none")  "
  }

  /// `3 to create, 143 to move, …, 115 in sync.`, or what was created and moved. What is held is told where it is.
  static func counts(_ summary: Plan.Summary, _ tense: Tense) -> String {
    let held = summary.held > 0 ? "\(summary.held) held, " : ""
    let notBegun = summary.notBegun > 0 ? "\(summary.notBegun) not begun, " : ""
    switch tense {
    case .plan:
      return """
        \(summary.create) to create, \(summary.move) to move, \(summary.delete) to delete, \
        \(summary.blocked) blocked, \(held)\(summary.inSync) in sync.
        """
    case .applied:
      return """
        \(summary.create) created, \(summary.move) moved, \(summary.delete) deleted, \
        \(summary.blocked) blocked, \(held)\(summary.failed) failed, \(notBegun)\(summary.inSync) in sync.
        """
    }
  }

  private func short(_ digest: Digest?) -> String { digest?.short ?? "unknown" }

  private enum Color: Int { case red = 31, green = 32, yellow = 33 }

  private func colored(_ text: String, _ color: Color) -> String {
    isColored ? "\u{1b}[\(color.rawValue)m\(text)\u{1b}[0m" : text
  }
}

extension PlanText.Tense {
  /// What is to be done, or what was done.
  func summary(_ plan: Plan) -> Plan.Summary { self == .plan ? plan.summary : plan.outcomes }

  /// Whether an apply did not come to `change`.
  func isNotBegun(_ change: Change) -> Bool {
    self == .applied && change.isToBeDone && change.outcome == nil
  }
}

extension PassReport {
  /// What kept the pass from its end; nil where nothing did.
  func verdict(_ tense: PlanText.Tense) -> String? {
    if isInterrupted { return "interrupted: nothing was changed" }
    guard error != nil else { return nil }
    return hasOutcomes ? "stopped" : "held: nothing \(tense == .plan ? "would be" : "was") changed"
  }

  /// Whether there is a plan to show: the pass made one to its end, or had begun to carry it out.
  var showsPlan: Bool { error == nil && !isInterrupted || hasOutcomes }

  /// What waits, and why.
  var gaps: [(what: String, reason: String)] {
    let gaps = [
      ("deletions", historyGap), ("new images' tags", createFromGap), ("keep tags", keepGap),
    ]
    return gaps.compactMap { what, reason in reason.map { (what, $0) } }
  }
}

extension Change.Cause {
  /// What a reader should know of it; nil where the branch itself says it.
  var remark: String? {
    switch self {
    case .commit, .prune: nil
    case .drift, .createFrom, .keep: rawValue
    }
  }
}

/// Reasons that many changes share, said once below them.
private struct Notes {
  private var numbers: [String: Int] = [:]
  private(set) var lines: [String] = []

  init(_ changes: [Change]) {
    var counts: [String: Int] = [:]
    for reason in changes.compactMap(\.reason) {
      counts[reason, default: 0] += 1
      guard counts[reason] == 4 else { continue }
      numbers[reason] = numbers.count + 1
      lines.append("[\(numbers.count)] \(reason.printable)")
    }
  }

  func reason(of change: Change) -> String {
    guard let reason = change.reason else { return "no reason given" }
    return numbers[reason].map { "see [\($0)] below" } ?? reason.printable
  }
}
