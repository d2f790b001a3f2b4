import Configuration
import Model
import Planning

/// A rollout's verdicts, a line each: for people, and for the commit's message.
struct RolloutTable {
  let cut: RolloutCut
  /// The branches' names.
  let source: String
  let target: String
  /// Of `--soak`.
  var soak: Duration?

  /// Those that something happens to, and those that were left with a reason worth reading.
  var listed: [RolloutVerdict] { cut.verdicts.filter { $0.action != .same && $0.reason != .notChosen } }

  var lines: [String] {
    let width = listed.map(\.key.description.count).max() ?? 0
    return listed.map { "\($0.action.mark) \($0.key.description.padded(to: width))  \(what($0))" }
  }

  /// `3 added, 143 moved, 1 removed, 2 with other fields, 5 kept, 110 the same`.
  var counts: String {
    let fields = cut.count(.fields)
    return """
      \(cut.count(.add)) added, \(cut.count(.move)) moved, \(cut.count(.remove)) removed, \
      \(fields > 0 ? "\(fields) with other fields, " : "")\(cut.count(.keep)) kept, \(cut.count(.same)) the same
      """
  }

  private func what(_ verdict: RolloutVerdict) -> String {
    let (from, to) = (verdict.from?.short ?? "", verdict.to?.short ?? "")
    let note = verdict.reason.flatMap(sentence).map { "  (\($0))" } ?? ""
    return switch verdict.action {
    case .add: "\(to)\(note)"
    case .move: "\(from) → \(to)\(note)"
    case .remove: "\(from)\(note)"
    case .fields: "hold and eol follow \(source)"
    case .keep, .same:
      """
      \(verdict.from == nil ? "not added" : "kept at \(from)"), \
      \(source) \(verdict.to == nil ? "does not declare it" : "has \(to)")\
      \(verdict.reason.flatMap(sentence).map { ": \($0)" } ?? "")
      """
    }
  }

  /// Why; nil where nobody asks.
  func sentence(_ reason: RolloutReason) -> String? {
    switch reason {
    case .rollout: nil
    case .supersedes(let provenance): "newer than the \(provenance.rawValue) on \(target)"
    case .chosen: "named by --only"
    case .held(let why, let onSource): "held on \(onSource ? source : target): \(why.printable)"
    case .heldByOption: "held by --hold"
    case .notChosen: "not named by --only"
    case .rolledBack(let commit): "rolled back by \(commit.sentence)"
    case .hotfix(let commit): "hotfix \(commit.sentence)"
    case .hotfixOfRemoved:
      "\(source) removed it, and people changed it on \(target): remove it there if it can go"
    case .onlyOnTarget: "\(source) never declared it"
    case .soaking: "on \(source) for less than \(soak?.configuration ?? "the time asked for")"
    }
  }
}

extension RolloutVerdict.Action {
  /// As in a plan.
  var mark: String {
    switch self {
    case .add: "+"
    case .move: "~"
    case .remove: "-"
    case .fields: "="
    case .keep: "!"
    case .same: " "
    }
  }
}

extension BranchTimeline.Commit {
  /// `4f2e8a01c9d3 (Ada, 2026-11-20): Revert the rollout`.
  var sentence: String { "\(id.short) (\(author.printable), \(time.day)): \(subject.printable)" }
}
