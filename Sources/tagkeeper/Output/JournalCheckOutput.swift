import JSONOutput
import Model
import Reconciler

/// Prints whether a journal's lines follow one another.
struct JournalCheckOutput {
  private let path: String
  private let check: JournalCheck
  /// What an earlier check ended with, where it was asked for, and is not there.
  private let lost: Digest?

  /// - Parameter last: what an earlier check ended with; nil where it is not known.
  /// - Throws: `CommandFailure` where there is no journal, or it can't be read.
  init(_ directory: StateDirectory, last: Digest?) throws(CommandFailure) {
    path = directory.journalPath.absolute
    guard let check = try directory.checkJournal() else {
      throw CommandFailure(
        "there is no journal to be checked in \(directory.path): name its folder with --state-dir")
    }
    self.check = check
    lost = last.flatMap { check.digests.contains($0) ? nil : $0 }
  }

  var isWhole: Bool { check.faults.isEmpty && lost == nil }

  func text(_ format: OutputFormat) -> String {
    switch format {
    case .text: (faults.map(\.printable) + [sentence.printable]).map { $0 + "\n" }.joined()
    case .markdown: faults.map { "- \($0.escapedMarkdown)\n" }.joined() + "\(sentence.escapedMarkdown)\n"
    case .json:
      JSONWriter.report { json in
        json.member("journal", path)
        json.member("lines", check.lines)
        json.member("unchained", check.unchained)
        json.member("tornBytes", check.tornBytes)
        json.member("last", check.head?.description)
        json.member("lost", lost?.description)
        json.objects("faults", check.faults) { json, fault in
          json.member("line", fault.line)
          json.member("reason", fault.reason)
        }
      }
    }
  }

  private var faults: [String] {
    check.faults.map { "line \($0.line) \($0.reason)" }
      + (lost.map { ["no line has the digest \($0): lines at the end are missing, or were changed"] } ?? [])
  }

  private var sentence: String {
    guard isWhole else {
      return "\(path) was changed: \(check.lines.counted("line")), \(faults.count.counted("fault"))."
    }
    let older = check.unchained == 1 ? "the first" : "the first \(check.unchained)"
    let unchained =
      check.unchained > 0 ? ", but for \(older) without a link, as an earlier version wrote" : ""
    let head = check.head.map { "; the last is \($0)" } ?? ""
    let torn =
      check.tornBytes > 0
      ? "; \(check.tornBytes.counted("byte")) behind it, of a line that was not finished" : ""
    return
      "\(check.lines.counted("line")) of \(path), each follows the one before it\(unchained)\(head)\(torn)"
  }
}
