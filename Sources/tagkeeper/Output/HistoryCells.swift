import Model
import Planning

/// One line of a history for people.
struct HistoryCells {
  var time: String
  var image = ""
  var digest: String
  var commit = ""
  var author = ""
  /// Where it came from.
  var how = ""
  var applied = ""
  var took = ""
  var note = ""

  static let heads = HistoryCells(
    time: "time", image: "image", digest: "digest", commit: "commit", author: "author", how: "how",
    applied: "applied", took: "took")
}

extension HistoryCells {
  init(_ line: HistoryLine) {
    self.init(time: line.time.seconds, image: line.key.description, digest: "")
    switch line.kind {
    case .declaration(let change):
      digest = change.to?.short ?? "removed"
      commit = change.commit.id.short
      author = change.commit.author.printable
      how = change.provenance?.rawValue ?? ""
      applied = line.applied?.seconds ?? ""
      took = line.took?.rounded ?? ""
      note = change.rolledBackBy.map { "rolled back by \($0.sentence)" } ?? ""
    case .drift(let record):
      how = "drift"
      digest = Self.found(record.change)
      note = Self.mended(record.change)
    case .undeclared(let record):
      digest = record.change.to?.short ?? "removed"
      commit = record.commit.short
      how = record.change.cause == .createFrom ? record.change.cause.rawValue : "undeclared"
      applied = record.time.seconds
    }
  }

  /// What somebody else had made of the tag.
  private static func found(_ change: Change) -> String {
    change.from?.short ?? (change.action == .create ? "gone" : "unknown")
  }

  private static func mended(_ change: Change) -> String {
    if change.outcome == .applied { return "put back to \(change.to?.short ?? "nothing")" }
    return "not put back\(change.reason.map { ": \($0.printable)" } ?? "")"
  }

  /// Digests and ids as code, text escaped.
  var markdown: HistoryCells {
    var cells = self
    func code(_ text: String) -> String { text.isEmpty ? "" : "`\(text)`" }
    cells.image = code(image)
    cells.digest = digest.hasPrefix("sha256:") ? code(digest) : digest
    cells.commit = code(commit)
    cells.author = author.escapedMarkdown
    cells.note = note.escapedMarkdown
    return cells
  }
}
