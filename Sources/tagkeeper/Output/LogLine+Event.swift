import Configuration
import Model
import Reconciler

extension LogLine {
  init(_ event: Event) {
    switch event {
    case .change(let channel, let commit, let change):
      self.init(change.logLevel, "change", change.sentence, channel: channel)
      self.commit = commit
      self.change = change
    case .pass(let report): self.init(report, report.needsAttention ? .warning : .info)
    case .unchanged(let report): self.init(report, .debug)
    case .held(let channel, let reason):
      self.init(.error, "held", "held, nothing is changed: \(reason)", channel: channel)
    case .stopped(let channel, let reason):
      self.init(.error, "stopped", reason, channel: channel)
    case .waiting(let channel, let reason):
      self.init(.info, "waiting", reason, channel: channel)
    case .resumed(let channel):
      self.init(.info, "resumed", "no longer held", channel: channel)
    case .deletionsHeld(let channel, let reason):
      self.init(.warning, "deletions-held", "deletions are held: \(reason)", channel: channel)
    case .creationsHeld(let channel, let reason):
      self.init(.warning, "creations-held", "new images' tags are held: \(reason)", channel: channel)
    case .keepTagsHeld(let channel, let reason):
      self.init(.warning, "keep-tags-held", "keep tags are held: \(reason)", channel: channel)
    case .suspected(let channel, let tags):
      let others = tags.count > 1 ? " and \(tags.count - 1) more" : ""
      self.init(
        .info, "suspected",
        "\(tags[0])\(others) differs from what was just written: asked once more before it counts as drift",
        channel: channel)
    case .accepted(let channel, let commit):
      self.init(.info, "accepted", "accepted \(commit.short) as the commit to go on from", channel: channel)
      self.commit = commit
    case .suspensions(let channel, []):
      self.init(.info, "resumed", "no longer suspended", channel: channel)
    case .suspensions(let channel, let suspensions):
      self.init(.warning, "suspended", suspensions.map(\.told).joined(separator: "; "), channel: channel)
    case .copying(let channel, let digest, let repository, let duration):
      self.init(
        .info, "copying", "copying \(repository)@\(digest.short), for \(duration.seconds) so far",
        channel: channel)
    case .copied(let channel, let copied):
      self.init(
        .info, "copied",
        "copied \(copied.repository)@\(copied.digest.short) from \(copied.source): \(copied.bytes.mebibytes) in "
          + copied.duration.seconds, channel: channel)
      self.copied = copied
    case .fetchFailed(let branches, let reason, let age):
      let last = age.map { "last fetched \($0.rough) ago" } ?? "not fetched since the start"
      self.init(
        .warning, "fetch-failed", "can't fetch \(branches.joined(separator: ", ")), \(last): \(reason)")
    case .fetchResumed(let duration):
      self.init(.info, "fetch-resumed", "the remote answers again, after \(duration.rough)")
    case .branchVanished(_, let reason):
      self.init(.warning, "branch-vanished", reason)
    case .branchReturned(let branch):
      self.init(.info, "branch-returned", "\(branch) is back at the remote")
    case .warning(let message):
      self.init(.warning, "notice", message)
    }
  }

  private init(_ report: PassReport, _ level: Log.Level) {
    let summary = report.plan.outcomes
    self.init(
      level, "pass", "\(summary.sentence) in \(report.duration.seconds)", channel: report.channel)
    commit = report.commit
    self.summary = summary
    duration = report.duration
  }
}

extension Change {
  fileprivate var logLevel: Log.Level {
    switch (action, outcome) {
    case (_, .failed), (.blocked, _), (.held, _): .warning
    default: .info
    }
  }

  fileprivate var sentence: String {
    let remark = cause.remark.map { " (\($0))" } ?? ""
    let note = [copiedFrom.map { "copied from \($0)" }, reason].compactMap(\.self).map { " (\($0))" }.joined()
    let reason = reason ?? "no reason given"
    if outcome == .failed { return "failed to \(action.rawValue) \(reference): \(reason)" }
    return switch action {
    case .create: "created \(reference) at \(to?.short ?? "")\(remark)\(note)"
    case .move: "moved \(reference) from \(from?.short ?? "unknown") to \(to?.short ?? "")\(remark)\(note)"
    case .delete: "deleted \(reference), was \(from?.short ?? "unknown")\(note)"
    case .blocked: "blocked \(reference): \(reason)"
    case .held: "held \(reference): \(reason)"
    }
  }
}

extension Plan.Summary {
  fileprivate var sentence: String {
    let counts = [
      (create, "created"), (move, "moved"), (delete, "deleted"), (blocked, "blocked"), (held, "held"),
      (failed, "failed"), (notBegun, "not begun"), (copying, "being copied"), (inSync, "in sync"),
    ]
    return counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
  }
}

extension Duration {
  /// `45s`, `3m`, `2h`, `5d`: rounded down, in the unit that people would take.
  fileprivate var rough: String {
    let unit: Duration =
      switch self {
      case ..<Duration.seconds(120): .seconds(1)
      case ..<Duration.seconds(7200): .seconds(60)
      case ..<Duration.seconds(172_800): .seconds(3600)
      default: .seconds(86_400)
      }
    return (unit * Int64(self / unit)).configuration
  }

  /// `0.123 s`.
  fileprivate var seconds: String {
    let digits = String(1000 + milliseconds % 1000).dropFirst()
    return "\(milliseconds / 1000).\(digits) s"
  }
}
