import Model
import Planning

/// What `createFrom` brings to a pass.
enum Creation: Sendable {
  /// The channel creates from no other.
  case none
  /// Nothing is known yet: a history is being read.
  case pending
  /// Nothing is created, and nothing that was is deleted, and why.
  case off(String)
  case known(CreateFrom, created: [CreateFrom.Created])

  /// - Parameters:
  ///   - own: the channel's own history; nil while it is being read.
  ///   - record: what the journal knows of the channel.
  init(_ source: SourceReading, besides own: HistoryReading?, after record: JournalRecord.Channel?) {
    switch source {
    case .none: self = .none
    case .pending: self = .pending
    case .unknown(let reason): self = .off(reason)
    case .known(let source):
      guard let own else {
        self = .pending
        return
      }
      self =
        (own.gap ?? own.history.missing).map { .off($0) }
        ?? .known(source, created: source.created(besides: own.history, again: record?.created ?? []))
    }
  }

  /// Ascending by key.
  var created: [CreateFrom.Created] { if case .known(_, let created) = self { created } else { [] } }

  var gap: String? { if case .off(let reason) = self { reason } else { nil } }

  var isPending: Bool { if case .pending = self { true } else { false } }

  /// Whether it is known which tags the channel creates.
  var isWhole: Bool {
    switch self {
    case .none, .known: true
    case .pending, .off: false
    }
  }

  /// Whose tags are the channel's to delete: its branch's, and what it created from the source and was removed there.
  func ownership(_ own: HistoryReading, after record: JournalRecord.Channel?) -> HistoryReading {
    guard let created = record?.created else { return own }
    let history =
      switch self {
      case .none: own.history
      case .pending, .off: own.history.sparing(created)
      case .known(let source, _): own.history.owning(created, from: source)
      }
    return HistoryReading(tip: own.tip, history: history, gap: own.gap)
  }
}

/// What a channel creates from.
enum SourceReading: Sendable {
  case none
  case pending
  case unknown(String)
  case known(CreateFrom)
}

extension PassReader {
  /// What the channel's source declared at the commit that it applied, and before.
  /// - Parameters:
  ///   - applied: the commit; nil where there is none yet.
  ///   - record: the source's.
  ///   - history: reads; nil while it is reading.
  func source(
    applied: CommitID?, _ record: JournalRecord.Channel?, history: (HistoryRequest) async -> HistoryReading?
  ) async -> SourceReading {
    guard let name = channel.createFrom?.channel else { return .none }
    guard let applied else { return .unknown("channel \(name) has applied no commit yet") }
    switch await source.state(at: applied) {
    case .invalid(let reason), .unknown(let reason):
      return .unknown("what channel \(name) applied can't be read: \(reason)")
    case .state(let state):
      guard let reading = await history(HistoryRequest(applied, record)) else { return .pending }
      if let gap = reading.gap { return .unknown("the history of channel \(name) is not known: \(gap)") }
      return .known(CreateFrom(channel: name, state: state, history: reading.history))
    }
  }
}

extension Target {
  /// With the tags that the channel creates, and no others beside its branch's.
  /// - Throws: `PassHold` where a tag exceeds 128 characters.
  func taking(_ creation: Creation, template: TagTemplate) throws(PassHold) -> Target {
    var target = self
    do throws(InvalidValue) {
      target.declared = try own.adding(creation.created, template: template)
    } catch {
      throw PassHold(reason: error.description)
    }
    return target
  }
}
