import Model
import Reconciler
import TestSupport
import Testing

@testable import tagkeeper

/// What the three formats say of a pass that did not come to its end: the same.
@Suite struct ReportOutputTests {
  private let head = "### latest: `production` at `000000000000`\n\n"

  private func report(
    error: String? = nil, _ changes: [Change] = [], inSync: Int = 0
  ) throws -> PassReport {
    var report = PassReport(channel: "latest", branch: "production", commit: try commit(1), error: error)
    report.plan = Plan(changes: changes, inSync: inSync)
    return report
  }

  private func change(
    _ image: String, _ outcome: Change.Outcome?, reason: String? = nil
  ) throws -> Change {
    Change(
      key: try key("r/\(image)"), tag: try TagName("\(image)-latest"), action: .move, from: digest(1),
      to: digest(2), cause: .commit, reason: reason, outcome: outcome)
  }

  private func text(_ report: PassReport, _ tense: PlanText.Tense) -> String {
    PlanText(tense: tense, isColored: false).text([report])
  }

  private func markdown(_ report: PassReport, _ tense: PlanText.Tense) -> String {
    PlanMarkdown(tense: tense).text([report])
  }

  private func json(_ report: PassReport, _ tense: PlanText.Tense) -> String {
    PlanJSON(tense: tense).text([report])
  }

  @Test func anInterruptedPassIsNoPassWithoutChanges() throws {
    var report = try report()
    report.isInterrupted = true
    #expect(
      text(report, .applied)
        == "latest: production at 000000000000\n! interrupted: nothing was changed\n")
    #expect(markdown(report, .applied) == head + "**Interrupted: nothing was changed.**\n")
    #expect(
      json(report, .applied).contains(#""error":"interrupted: nothing was changed","#))
  }

  @Test func aHeldPassSaysSoAlone() throws {
    let report = try report(error: "the state is empty")
    #expect(
      markdown(report, .plan)
        == head + "**Held: nothing would be changed.**\n\n    the state is empty\n")
    #expect(
      text(report, .applied)
        == "latest: production at 000000000000\n! held: nothing was changed\n  the state is empty\n")
    #expect(json(report, .applied).contains(#""error":"the state is empty","#))
  }

  @Test func aStoppedPassShowsWhatItDid() throws {
    let report = try report(
      error: "the journal can't be written",
      [
        change("a", .applied), change("b", .failed, reason: "the registry answered 500"), change("c", nil),
      ], inSync: 3)
    #expect(
      text(report, .applied) == """
        latest: production at 000000000000
        ! stopped
          the journal can't be written
        ~ r:a-latest  sha256:010000000000 → sha256:020000000000
        ! r:b-latest  failed: the registry answered 500
          r:c-latest  not begun: still to move
        Applied: 0 created, 1 moved, 0 deleted, 0 blocked, 1 failed, 1 not begun, 3 in sync.

        """)
    #expect(
      markdown(report, .applied) == head + """
        **Stopped.**

            the journal can't be written

        | | tag | from | to | |
        |---|---|---|---|---|
        | move | `r:a-latest` | `sha256:010000000000` | `sha256:020000000000` |  |
        | move | `r:b-latest` | `sha256:010000000000` | `sha256:020000000000` | failed: the registry answered 500 |
        | move | `r:c-latest` | `sha256:010000000000` | `sha256:020000000000` | not begun |

        0 created, 1 moved, 0 deleted, 0 blocked, 1 failed, 1 not begun, 3 in sync.

        """)
  }

  @Test func aPlanBeginsNothing() throws {
    let report = try report([change("a", nil)])
    #expect(markdown(report, .plan).contains("| move | `r:a-latest` | "))
    #expect(text(report, .plan).contains("~ r:a-latest  "))
  }
}
