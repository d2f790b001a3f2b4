import Model
import Planning
import Reconciler

/// Digests that production was rolled back from: a plan that moves a tag there again says so.
struct RolledBackDigests {
  private let source: BranchTimeline
  private let target: BranchTimeline
  private let channel: String

  /// Nil where no other channel is known to roll out to `channel`, or a branch's past can't be read: deletions are held
  /// then too, and the plan says why.
  init?(_ workspace: Workspace, onto channel: ChannelSettings) async {
    guard let reader = try? await RolloutReader(workspace),
      let from = reader.source(of: channel),
      let source = try? await reader.timeline(of: from),
      let target = try? await reader.timeline(of: channel)
    else { return nil }
    (self.source, self.target, self.channel) = (source, target, channel.name)
  }

  /// The report with a reason for each create and move to such a digest.
  func noting(_ report: PassReport) -> PassReport {
    guard report.channel == channel else { return report }
    var report = report
    for index in report.plan.changes.indices {
      let change = report.plan.changes[index]
      guard change.isPut, change.cause != .keep,
        let digest = change.to, change.reason == nil,
        let rollback = target.rolledBackDigests(of: change.key, from: source)[digest]
      else { continue }
      report.plan.changes[index].reason = "rolled back by \(rollback.sentence)"
    }
    return report
  }
}
