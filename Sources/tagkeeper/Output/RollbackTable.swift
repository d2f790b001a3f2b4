import Model
import Planning

/// What a rollback changes, a line an image: for people, and for the commit's message.
struct RollbackTable {
  let rollback: Rollback
  let branch: String

  var text: String { (lines + [counts]).joined(separator: "\n") + "\n" }

  func message(why: String) -> String {
    let steps = rollback.steps
    let what = steps.count == 1 ? "\(steps[0].key.image)" : "\(steps.count) images"
    // Removals land whatever the cap on deletions: a person asked for just these.
    let allowance = rollback.removals > 0 ? ["", allowPruneLine] : []
    return (["Roll back \(what): \(why)", ""] + lines + allowance).joined(separator: "\n")
  }

  private var lines: [String] {
    let width = (rollback.steps.map(\.key) + rollback.kept.map(\.key)).map(\.description.count).max() ?? 0
    return rollback.steps.map { step in
      let name = step.key.description.padded(to: width)
      guard let to = step.to else { return "- \(name)  \(step.from?.short ?? "")" }
      let since = step.declaredBy.map { "  (as of \($0.sentence))" } ?? ""
      guard let from = step.from else { return "+ \(name)  \(to.short)\(since)" }
      return "~ \(name)  \(from.short) → \(to.short)\(since)"
    }
      + rollback.kept.map { kept in
        "! \(kept.key.description.padded(to: width))  kept: changed since by \(kept.changedBy.sentence)"
      }
  }

  private var counts: String {
    let moved = rollback.steps.count - rollback.removals
    let kept = rollback.kept.isEmpty ? "" : ", \(rollback.kept.count) kept"
    return "Rollback on \(branch): \(moved) moved, \(rollback.removals) removed\(kept)."
  }
}
