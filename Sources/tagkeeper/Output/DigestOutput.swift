import JSONOutput
import Model
import Planning
import Reconciler

/// Prints which images had a digest, and when.
struct DigestOutput {
  private let digest: Digest
  /// By channel, then newest first.
  private let periods: [(channel: String, period: DigestPeriod)]

  /// - Throws: `CommandFailure` where `text` is no digest that a branch ever declared, or may be several.
  init(_ text: String, _ histories: [ChannelHistory]) throws(CommandFailure) {
    var known: Set<Digest> = []
    for history in histories {
      for key in history.timeline.images {
        known.formUnion(history.timeline.changes(of: key).compactMap(\.entry?.digest))
      }
    }
    let digest = try DigestArgument.digest(text, among: known)
    self.digest = digest
    periods = histories.flatMap { history in
      history.timeline.images.flatMap { history.image($0).periods(of: digest) }
        .sorted { ($1.change.declared, $0.key) < ($0.change.declared, $1.key) }
        .map { (history.channel.name, $0) }
    }
  }

  func text(_ format: OutputFormat) -> String {
    switch format {
    case .text:
      "\(digest)\n" + TextTable(rows: [Self.heads] + periods.map(cells)).lines.map { $0 + "\n" }.joined()
    case .markdown:
      "### `\(digest)`\n\n"
        + TextTable(rows: [Self.heads] + periods.map(markdownCells)).markdown.map { $0 + "\n" }.joined()
    case .json: json
    }
  }

  private static let heads = ["channel", "image", "declared", "applied", "until", "commit", "author", "then"]

  private func cells(_ channel: String, _ period: DigestPeriod) -> [String] {
    let end = period.end?.change
    return [
      channel, period.key.description, period.change.declared.seconds, period.applied?.seconds ?? "",
      end?.declared.seconds ?? "now", period.change.commit.id.short, period.change.commit.author.printable,
      end.map { "\($0.to?.short ?? "removed") by \($0.commit.sentence)" } ?? "",
    ]
  }

  private func markdownCells(_ channel: String, _ period: DigestPeriod) -> [String] {
    var cells = cells(channel, period)
    for column in [0, 6, 7] { cells[column] = cells[column].escapedMarkdown }
    for column in [1, 5] { cells[column] = "`\(cells[column])`" }
    return cells
  }

  private var json: String {
    JSONWriter.report { json in
      json.member("digest", digest.description)
      json.objects("images", periods) { json, element in
        let (channel, period) = element
        json.member("channel", channel)
        json.members(of: period.key)
        json.member("commit", period.change.commit.id.description)
        json.member("author", period.change.commit.author)
        json.member("declared", period.change.declared.seconds)
        json.member("applied", period.applied?.seconds)
        json.member("until", period.end?.change.declared.seconds)
        json.member("untilApplied", period.end?.applied?.seconds)
        json.member("then", period.end?.change.to?.description)
        json.member("endedBy", period.end?.change.commit.id.description)
      }
    }
  }
}
