import JSONOutput
import Model
import Reconciler

/// Plans for programs (design, section 7).
enum PlanJSON {
  static func text(_ reports: [PassReport]) -> String {
    JSONWriter.text { json in
      json.object {
        $0.member("format", 1)
        $0.key("channels")
        $0.array(reports) { json, report in json.object { write(report, to: &$0) } }
      }
    } + "\n"
  }

  private static func write(_ report: PassReport, to json: inout JSONWriter) {
    json.member("name", report.channel)
    json.member("branch", report.branch)
    json.member("commit", report.commit?.description)
    json.member("error", report.error)
    json.key("summary")
    report.plan.summary.write(to: &json)
    json.key("changes")
    json.array(report.plan.changes) { json, change in json.object { change.writeMembers(to: &$0) } }
  }
}
