import Glibc
import Model
import Reconciler

/// How results are printed.
enum OutputFormat: String, CaseIterable { case text, json, markdown }

/// Prints the reports of `plan` and `apply`.
struct ReportOutput {
  let format: OutputFormat
  private let isColored: Bool

  init(_ arguments: Arguments, environment: [String: String]) {
    format = arguments.choice("--output", default: .text)
    // NO_COLOR: https://no-color.org
    let refusesColor = arguments.isGiven("--no-color") || !(environment["NO_COLOR"] ?? "").isEmpty
    isColored = !refusesColor && Console.isTerminal(STDOUT_FILENO)
  }

  func print(_ reports: [PassReport], _ tense: PlanText.Tense) {
    switch format {
    case .text: Console.out(PlanText(tense: tense, isColored: isColored).text(reports))
    case .json: Console.out(PlanJSON(tense: tense).text(reports))
    case .markdown: Console.out(PlanMarkdown(tense: tense).text(reports))
    }
  }
}
