import JSONOutput
import Model
import Planning
import Reconciler

/// Prints what happened to images, channel by channel.
struct HistoryOutput {
  /// Newest first.
  let channels: [(history: ChannelHistory, lines: [HistoryLine])]
  /// Nil for all images: then each line names its own.
  let image: ImageKey?

  func text(_ format: OutputFormat) -> String {
    switch format {
    case .text: channels.map(section).joined(separator: "\n")
    case .markdown: channels.map(markdownSection).joined(separator: "\n")
    case .json: json
    }
  }

  private func heading(_ history: ChannelHistory) -> String {
    let image = image.map { ", \($0)" } ?? ""
    return "\(history.channel.name): \(history.channel.branch) at \(history.tip.short)\(image)"
  }

  private static let nothing = "Nothing happened."

  private func section(_ channel: (history: ChannelHistory, lines: [HistoryLine])) -> String {
    let rows = channel.lines.map { cells(HistoryCells($0)) }
    let lines = rows.isEmpty ? [Self.nothing] : TextTable(rows: [cells(.heads)] + rows).lines
    return ([heading(channel.history)] + lines).joined(separator: "\n") + "\n"
  }

  private func markdownSection(_ channel: (history: ChannelHistory, lines: [HistoryLine])) -> String {
    let rows = channel.lines.map { cells(HistoryCells($0).markdown) }
    let lines = rows.isEmpty ? [Self.nothing] : TextTable(rows: [cells(.heads)] + rows).markdown
    return (["### \(heading(channel.history).escapedMarkdown)", ""] + lines).joined(separator: "\n") + "\n"
  }

  private func cells(_ cells: HistoryCells) -> [String] {
    [cells.time] + (image == nil ? [cells.image] : []) + [cells.digest, cells.commit, cells.author]
      + [cells.how, cells.applied, cells.took, cells.note]
  }

  private var json: String {
    JSONWriter.report { json in
      json.objects("channels", channels) { json, channel in
        json.member("name", channel.history.channel.name)
        json.member("branch", channel.history.channel.branch)
        json.member("commit", channel.history.tip.description)
        json.objects("changes", channel.lines) { $1.writeMembers(to: &$0) }
      }
    }
  }
}

extension HistoryLine {
  fileprivate func writeMembers(to json: inout JSONWriter) {
    let (kind, from, to, commit, reason) = told
    json.members(of: key)
    json.member("kind", kind)
    json.member("time", time.seconds)
    json.member("from", from?.description)
    json.member("to", to?.description)
    json.member("commit", commit.description)
    let declaration: DeclaredChange? = if case .declaration(let change) = self.kind { change } else { nil }
    json.member("author", declaration?.commit.author)
    json.member("declared", declaration?.declared.seconds)
    json.member("applied", appliedTime?.seconds)
    json.key("tookMilliseconds")
    if let took { json.integer(took.milliseconds) } else { json.null() }
    json.member("provenance", declaration?.provenance?.rawValue)
    json.member("rolledBackBy", declaration?.rolledBackBy?.id.description)
    json.member("reason", reason)
  }

  private var appliedTime: Timestamp? {
    if case .undeclared = kind { time } else { applied }
  }

  private var told: (kind: String, from: Digest?, to: Digest?, CommitID, reason: String?) {
    switch kind {
    case .declaration(let change): ("declaration", change.from, change.to, change.commit.id, nil)
    case .drift(let record):
      ("drift", record.change.from, record.change.to, record.commit, record.change.reason)
    case .undeclared(let record):
      ("undeclared", record.change.from, record.change.to, record.commit, record.change.reason)
    }
  }
}
