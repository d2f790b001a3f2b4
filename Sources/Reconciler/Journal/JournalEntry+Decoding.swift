import FoundationEssentials
import Model

extension JournalEntry {
  /// Reads one line without its newline. Nil for an event of a later version.
  /// - Throws: where the line is no JSON object, or lacks what its event needs.
  init?(line: some Sequence<UInt8>) throws {
    let fields = try JSONDecoder().decode(Fields.self, from: Data(line))
    guard let event = try fields.read() else { return nil }
    self.init(time: try Timestamp(fields.time), event: event)
  }
}

/// Every member that a line can have.
private struct Fields: Decodable {
  struct Tag: Decodable {
    var tag: String
    var digest: String
    var image: String?
  }
  struct Summary: Decodable {
    var create, move, delete, blocked, held, failed, inSync: Int
    var notBegun, copying: Int?
  }

  var time: String
  var event: String
  var version: String?
  var channel: String?
  var commit: String?
  var images: Int?
  var repository, image, tag, action, from, to, cause, copiedFrom, reason, outcome: String?
  var summary: Summary?
  var milliseconds: Int64?
  var converged: Bool?
  var beginsFirstPass, endsFirstPass: Bool?
  var batch, tombstone: String?
  var tags: [Tag]?
  var fates: [String: String]?

  func read() throws -> JournalEntry.Event? {
    switch event {
    case "started": .started(version: version ?? "")
    case "applying":
      .applying(
        channel: try need(channel), try commitID(), images: try need(images),
        beginsFirstPass: beginsFirstPass ?? false)
    case "change": .change(channel: try need(channel), try commitID(), try change())
    case "pass": try pass()
    case "accepted": .accepted(channel: try need(channel), try commitID())
    case "tombstoning": .tombstoning(try tombstoneBatch())
    case "tombstoned": .tombstoned(batch: try need(batch), fates: try tagFates())
    default: nil
    }
  }

  private func change() throws -> Change {
    Change(
      key: ImageKey(try RepositoryName(need(repository)), try ImageName(need(image))),
      tag: try TagName(need(tag)),
      action: try need(Change.Action(rawValue: need(action))), from: try from.map { try Digest($0) },
      to: try to.map { try Digest($0) }, cause: try need(Change.Cause(rawValue: need(cause))),
      copiedFrom: copiedFrom, reason: reason,
      outcome: try outcome.map { try need(Change.Outcome(rawValue: $0)) })
  }

  private func pass() throws -> JournalEntry.Event {
    let counts = try need(summary)
    let summary = Plan.Summary(
      create: counts.create, move: counts.move, delete: counts.delete, blocked: counts.blocked,
      held: counts.held,
      failed: counts.failed, notBegun: counts.notBegun ?? 0, copying: counts.copying ?? 0,
      inSync: counts.inSync)
    return .pass(
      channel: try need(channel), try commitID(), summary, duration: .milliseconds(try need(milliseconds)),
      isConverged: try need(converged), endsFirstPass: endsFirstPass ?? false)
  }

  private func tombstoneBatch() throws -> TombstoneBatch {
    TombstoneBatch(
      id: try need(batch), repository: try RepositoryName(need(repository)),
      tombstone: try Digest(need(tombstone)),
      members: try need(tags).map {
        .init(
          tag: try TagName($0.tag), original: try Digest($0.digest),
          image: try $0.image.map { try ImageName($0) })
      },
      origin: try channel.map { .init(channel: $0, commit: try commitID()) })
  }

  private func tagFates() throws -> [TagName: TombstoneBatch.Fate] {
    var known: [TagName: TombstoneBatch.Fate] = [:]
    for (tag, fate) in fates ?? [:] { known[try TagName(tag)] = TombstoneBatch.Fate(rawValue: fate) }
    return known
  }

  private func commitID() throws -> CommitID { try CommitID(need(commit)) }

  private func need<T>(_ value: T?) throws -> T {
    guard let value else {
      throw InvalidValue("a member of the event \(event.quoted) is missing", remedy: "restore it")
    }
    return value
  }
}
