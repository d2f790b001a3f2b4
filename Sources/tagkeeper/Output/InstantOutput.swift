import JSONOutput
import Model
import Planning
import Reconciler

/// Prints what one tag pointed to at a time.
struct InstantOutput {
  let history: ChannelHistory
  let key: ImageKey
  let time: Timestamp
  let journal: LocalJournal

  /// One digest on standard output, and on standard error what tells it.
  func print(_ format: OutputFormat) -> ExitStatus {
    let image = history.image(key)
    let instant = image.instant(at: time)
    guard let digest = instant.digest else {
      Console.error("tagkeeper: \(absence(instant, image))\n")
      return .attention
    }
    Console.error("tagkeeper: \(source(instant))\n")
    switch format {
    case .text: Console.out("\(digest)\n")
    case .markdown:
      let tag = "\(history.channel.name.escapedMarkdown), `\(key)` at \(time.seconds)"
      Console.out("\(tag): `\(digest)` (\(source(instant).escapedMarkdown))\n")
    case .json: Console.out(json(instant))
    }
    return .done
  }

  private func source(_ instant: TagInstant) -> String {
    let declared = instant.change.map { "declared at \($0.declared.seconds) by \($0.commit.sentence)" }
    let applied = instant.applied.map { "applied at \($0.seconds)" }
    switch instant.basis {
    case .journal:
      let told = [applied, declared ?? "not declared on \(history.channel.branch)"].compactMap(\.self)
      return "from the journal, what was applied: \(told.joined(separator: ", "))"
    case .branch:
      let rest = applied.map { "\($0), and nothing tells of the tag before" } ?? unknown
      return "from the branch, what was declared: \(declared ?? ""); \(rest)"
    }
  }

  private var unknown: String {
    "when it was applied is not known: \(journal.absence?.printable ?? "the journal here does not tell")"
  }

  private func absence(_ instant: TagInstant, _ image: ImageHistory) -> String {
    let branch = history.channel.branch
    let when = time.seconds
    if instant.basis == .journal, let applied = instant.applied {
      return "from the journal: there was no such tag at \(when), it was deleted at \(applied.seconds)"
    }
    if let removal = instant.change {
      return "\(key) was not declared on \(branch) at \(when): removed at \(removal.declared.seconds) by "
        + removal.commit.sentence
    }
    let first = image.changes.first.map {
      "first declared at \($0.declared.seconds) by \($0.commit.sentence)"
    }
    return "\(key) was not declared on \(branch) at \(when): \(first ?? "it never was")"
  }

  private func json(_ instant: TagInstant) -> String {
    JSONWriter.report {
      $0.member("channel", history.channel.name)
      $0.members(of: key)
      $0.member("at", time.seconds)
      $0.member("digest", instant.digest?.description)
      $0.member("commit", instant.change?.commit.id.description)
      $0.member("author", instant.change?.commit.author)
      $0.member("declared", instant.change?.declared.seconds)
      $0.member("applied", instant.applied?.seconds)
      $0.member("basis", instant.basis.rawValue)
    }
  }
}
