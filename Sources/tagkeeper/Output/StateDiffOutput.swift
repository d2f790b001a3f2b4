import JSONOutput
import Model
import Planning

/// Prints what two revisions declare differently.
struct StateDiffOutput {
  /// As it was named, and what that was.
  let old: (name: String, commit: CommitID)
  let new: (name: String, commit: CommitID)
  let differences: [ImageDifference]
  /// How many images the new one declares.
  let total: Int
  /// Of the new one; nil where it can't be known.
  let timeline: BranchTimeline?
  /// Why it can't.
  let gap: String?

  func text(_ format: OutputFormat) -> String {
    switch format {
    case .text: text
    case .markdown: markdown
    case .json: json
    }
  }

  /// The commit that last changed the image on the new one's chain. Of an image that is not there now, the one that
  /// removed it; none where it never was there.
  private func commit(_ difference: ImageDifference) -> BranchTimeline.Commit? {
    timeline?.changes(of: difference.key).last?.commit
  }

  /// Nil for what is the commit's id.
  private func name(_ side: (name: String, commit: CommitID)) -> String? {
    side.commit.description.hasPrefix(side.name) ? nil : side.name
  }

  private var text: String {
    let rows = differences.map { difference in
      let commit = commit(difference)
      let by = commit.map { "\($0.id.short) \($0.author.printable) \($0.time.day)" } ?? ""
      return [
        "\(difference.kind.mark) \(difference.key)", difference.digests, by,
        difference.notes.joined(separator: "; "),
      ]
    }
    func label(_ side: (name: String, commit: CommitID)) -> String {
      "\(name(side).map { "\($0.printable) " } ?? "")\(side.commit.short)"
    }
    var lines = ["\(label(old)) → \(label(new))"]
    lines += TextTable(rows: rows).lines
    if let gap { lines.append("! the commits are not known: \(gap.printable)") }
    return (lines + ["Diff: \(counts)."]).joined(separator: "\n") + "\n"
  }

  private var markdown: String {
    let rows = differences.map { difference in
      let commit = commit(difference)
      return [
        difference.kind.rawValue, "`\(difference.key)`", (difference.old?.digest).code,
        (difference.new?.digest).code, commit.map { "`\($0.id.short)`" } ?? "",
        commit?.author.escapedMarkdown ?? "", commit.map { "\($0.time.day)" } ?? "",
        difference.notes.joined(separator: "; ").escapedMarkdown,
      ]
    }
    let heads = ["", "image", "from", "to", "commit", "author", "date", ""]
    func label(_ side: (name: String, commit: CommitID)) -> String {
      "\(name(side).map { "\($0.escapedMarkdown) " } ?? "")`\(side.commit.short)`"
    }
    var lines = ["### \(label(old)) → \(label(new))", ""]
    if !rows.isEmpty { lines += TextTable(rows: [heads] + rows).markdown + [""] }
    if let gap { lines += ["**The commits are not known:** \(gap.escapedMarkdown)", ""] }
    return (lines + ["\(counts)."]).joined(separator: "\n") + "\n"
  }

  private var json: String {
    JSONWriter.report { json in
      json.member("old", old.commit.description)
      json.member("new", new.commit.description)
      json.member("commitsUnknown", gap)
      json.objects("images", differences) { json, difference in
        let commit = commit(difference)
        json.members(of: difference.key)
        json.member("change", difference.kind.rawValue)
        json.member("from", difference.old?.digest.description)
        json.member("to", difference.new?.digest.description)
        json.member("hold", difference.new?.hold)
        json.member("eol", difference.new?.eol?.description)
        json.member("commit", commit?.id.description)
        json.member("author", commit?.author)
        json.member("date", commit.map { "\($0.time.day)" })
      }
    }
  }

  /// `3 added, 143 moved, 1 removed, 2 with another hold, 110 the same`.
  private var counts: String {
    func count(_ kind: ImageDifference.Kind) -> Int { differences.count { $0.kind == kind } }
    let (holds, days) = (count(.held), count(.eol))
    let same = total - differences.count { !$0.isRemoved }
    return """
      \(count(.added)) added, \(count(.moved)) moved, \(count(.removed)) removed, \
      \(holds > 0 ? "\(holds) with another hold, " : "")\(days > 0 ? "\(days) with another eol, " : "")\(same) the same
      """
  }
}
