import JSONOutput
import Model

/// The findings of `tagkeeper doctor`, printed.
struct FindingOutput {
  let format: OutputFormat

  func text(_ findings: [Finding]) -> String {
    switch format {
    case .text: Self.table(findings) + "\(Self.sentence(findings))\n"
    case .markdown:
      (TextTable(
        rows: [["verdict", "check", "finding"]]
          + findings.map { [$0.verdict.rawValue, $0.subject.escapedMarkdown, $0.summary.escapedMarkdown] }
      ).markdown + ["", Self.sentence(findings)]).map { $0 + "\n" }.joined()
    case .json:
      JSONWriter.report { json in
        json.objects("checks", findings) { json, finding in
          json.member("verdict", finding.verdict.word)
          json.member("check", finding.subject)
          json.member("finding", finding.text)
          json.member("remedy", finding.remedy)
        }
      }
    }
  }

  /// A finding's further lines stand below its first.
  private static func table(_ findings: [Finding]) -> String {
    let heads = TextTable(
      rows: findings.map { [$0.verdict.rawValue, $0.subject.printable, $0.lines.first ?? ""] }
    ).lines
    let indent = String(repeating: " ", count: 8 + (findings.map(\.subject.count).max() ?? 0))
    return zip(heads, findings).map { head, finding in
      ([head] + finding.lines.dropFirst().map { $0.isEmpty ? "" : indent + $0 }).map { $0 + "\n" }.joined()
    }.joined()
  }

  /// `11 checks: 1 failed, 2 warnings.`
  private static func sentence(_ findings: [Finding]) -> String {
    let failures = findings.count { $0.verdict == .failure }
    let warnings = findings.count { $0.verdict == .warning }
    return "\(findings.count.counted("check")): \(failures) failed, \(warnings.counted("warning"))."
  }
}

extension Finding {
  /// More than one where the text is diagnostics of a file.
  fileprivate var lines: [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }
    if let remedy { lines[lines.count - 1] += ": \(remedy)" }
    return lines
  }

  /// One line, without the excerpt of a file.
  fileprivate var summary: String {
    let lines = lines
    let rest = lines.dropFirst().map { $0.drop { $0 == " " } }.filter { $0.hasPrefix("fix: ") }
    return (lines.prefix(1) + rest.map(String.init)).joined(separator: "; ")
  }
}

extension Finding.Verdict {
  /// For programs.
  fileprivate var word: String {
    switch self {
    case .ok: "ok"
    case .warning: "warning"
    case .failure: "failure"
    }
  }
}
