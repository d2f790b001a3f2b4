package import JSONOutput
package import Model

extension JournalEntry {
  /// One JSON object, without a newline.
  /// - Parameter previous: the digest of the line before it; nil for the journal's first.
  func line(after previous: Digest?) -> [UInt8] {
    var json = JSONWriter()
    json.object { object in
      object.member("time", time.description)
      event.write(to: &object)
      object.member("previous", previous?.description)
    }
    return json.bytes
  }
}

extension JournalEntry.Event {
  fileprivate func write(to json: inout JSONWriter) {
    func head(_ event: String, _ channel: String, _ commit: CommitID) {
      json.member("event", event)
      json.member("channel", channel)
      json.member("commit", commit.description)
    }
    switch self {
    case .started(let version):
      json.member("event", "started")
      json.member("version", version)
    case .applying(let channel, let commit, let images, let beginsFirstPass):
      head("applying", channel, commit)
      json.member("images", images)
      if beginsFirstPass { json.member("beginsFirstPass", true) }
    case .change(let channel, let commit, let change):
      head("change", channel, commit)
      change.writeMembers(to: &json)
    case .pass(let channel, let commit, let summary, let duration, let isConverged, let endsFirstPass):
      head("pass", channel, commit)
      json.key("summary")
      summary.write(to: &json)
      json.member("milliseconds", duration.milliseconds)
      json.member("converged", isConverged)
      if endsFirstPass { json.member("endsFirstPass", true) }
    case .accepted(let channel, let commit):
      head("accepted", channel, commit)
    case .tombstoning(let batch):
      json.member("event", "tombstoning")
      json.member("batch", batch.id)
      json.member("repository", batch.repository.description)
      json.member("tombstone", batch.tombstone.description)
      if let origin = batch.origin {
        json.member("channel", origin.channel)
        json.member("commit", origin.commit.description)
      }
      json.key("tags")
      json.array(batch.members) { json, member in
        json.object {
          $0.member("tag", member.tag.description)
          $0.member("digest", member.original.description)
          if let image = member.image { $0.member("image", image.description) }
        }
      }
    case .tombstoned(let batch, let fates):
      json.member("event", "tombstoned")
      json.member("batch", batch)
      json.key("fates")
      json.object { json in
        for (tag, fate) in fates.sorted(by: { $0.key < $1.key }) {
          json.member(tag.description, fate.rawValue)
        }
      }
    }
  }
}

extension Change {
  /// The members that `plan --output json` and the journal share (design, section 7).
  package func writeMembers(to json: inout JSONWriter) {
    json.member("repository", key.repository.description)
    json.member("image", key.image.description)
    json.member("tag", tag.description)
    json.member("action", action.rawValue)
    json.member("from", from?.description)
    json.member("to", to?.description)
    json.member("cause", cause.rawValue)
    json.member("copiedFrom", copiedFrom)
    json.member("reason", reason)
    json.member("outcome", outcome?.rawValue)
  }
}

extension Plan.Summary {
  /// The object that `plan --output json` and the journal share (design, section 7).
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.member("create", create)
      $0.member("move", move)
      $0.member("delete", delete)
      $0.member("blocked", blocked)
      $0.member("held", held)
      $0.member("failed", failed)
      $0.member("notBegun", notBegun)
      $0.member("copying", copying)
      $0.member("inSync", inSync)
    }
  }
}

extension Duration {
  /// Whole milliseconds, rounded down.
  package var milliseconds: Int64 {
    components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
  }
}
