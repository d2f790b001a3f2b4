import JSONOutput
import Model
import Reconciler

/// Plans for programs (design, section 7).
struct PlanJSON {
  let tense: PlanText.Tense

  func text(_ reports: [PassReport]) -> String {
    JSONWriter.report { $0.objects("channels", reports) { write($1, to: &$0) } }
  }

  private func write(_ report: PassReport, to json: inout JSONWriter) {
    json.member("name", report.channel)
    json.member("branch", report.branch)
    json.member("commit", report.commit?.description)
    json.member("error", report.error ?? report.verdict(tense))
    json.member("deletionsHeld", report.historyGap)
    json.member("creationsHeld", report.createFromGap)
    json.member("keepTagsHeld", report.keepGap)
    json.objects("suspensions", report.suspensions ?? []) { $1.writeMembers(to: &$0) }
    json.key("summary")
    tense.summary(report.plan).write(to: &json)
    json.objects("changes", report.plan.changes) { $1.writeMembers(to: &$0) }
  }
}
