import JSONOutput
import Model
import Reconciler

/// Plans for programs (design, section 7).
struct PlanJSON {
  let tense: PlanText.Tense

  func text(_ reports: [PassReport]) -> String {
    JSONWriter.text { json in
      json.object {
        $0.member("format", 1)
        $0.key("channels")
        $0.array(reports) { json, report in json.object { write(report, to: &$0) } }
      }
    } + "\n"
  }

  private func write(_ report: PassReport, to json: inout JSONWriter) {
    json.member("name", report.channel)
    json.member("branch", report.branch)
    json.member("commit", report.commit?.description)
    json.member("error", report.error ?? report.verdict(tense))
    json.member("deletionsHeld", report.historyGap)
    json.member("creationsHeld", report.createFromGap)
    json.member("keepTagsHeld", report.keepGap)
    json.key("summary")
    tense.summary(report.plan).write(to: &json)
    json.key("changes")
    json.array(report.plan.changes) { json, change in json.object { change.writeMembers(to: &$0) } }
  }
}
