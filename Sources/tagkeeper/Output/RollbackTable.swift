import JSONOutput
import Model
import Planning

/// What a rollback changes, a line an image: for people, and for the commit's message.
struct RollbackTable {
  let rollback: Rollback
  let branch: String
  /// The commit whose rollout it takes back.
  var rollout: String?

  var text: String {
    let heading = rollout.map { ["Takes back \($0)"] } ?? []
    return (heading + lines + [counts]).joined(separator: "\n") + "\n"
  }

  func json(branch: String?, commit: CommitID?) -> String {
    JSONWriter.report { json in
      json.member("branch", branch)
      json.member("commit", commit?.description)
      json.objects("images", rollback.steps) { json, step in
        json.members(of: step.key)
        json.member("from", step.from?.description)
        json.member("to", step.to?.description)
      }
      json.objects("kept", rollback.kept) { json, kept in
        json.members(of: kept.key)
        json.member("changedBy", kept.changedBy.id.description)
      }
    }
  }

  func message(why: String) -> String {
    let steps = rollback.steps
    let what = steps.count == 1 ? "\(steps[0].key.image)" : "\(steps.count) images"
    // Removals land whatever the cap on deletions: a person asked for just these.
    let allowance = rollback.removals > 0 ? ["", allowPruneLine] : []
    let heading = rollout.map { ["Takes back \($0)", ""] } ?? []
    return (["Roll back \(what): \(why)", ""] + heading + lines + allowance).joined(separator: "\n")
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
    let added = rollback.steps.count { $0.from == nil }
    let moved = rollback.steps.count - rollback.removals - added
    let kept = rollback.kept.isEmpty ? "" : ", \(rollback.kept.count) kept"
    return
      "Rollback on \(branch): \(added > 0 ? "\(added) added, " : "")\(moved) moved, \(rollback.removals) removed\(kept)."
  }
}
