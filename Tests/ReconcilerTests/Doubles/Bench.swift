import Model
import Reconciler
import Synchronization
import TestSupport

/// A channel with everything around it in memory.
final class Bench {
  let branches = ModelBranches()
  let registry: ModelRegistry
  let time = ManualTime()
  let events = EventLog()
  let storage: MemoryStorage
  let acceptances = MemoryAcceptances()
  let suspensions = MemorySuspensions()
  let interrupt = Interrupt()
  private(set) var journal: Journal
  private(set) var deleter: TagDeleter
  private(set) var channel: ChannelReconciler
  /// Where the channel copies from; nil for nowhere.
  let sources: ModelSources?

  init(
    tombstoneObjection: String? = nil, storage: MemoryStorage = MemoryStorage(), sources: ModelSources? = nil
  )
    throws
  {
    self.sources = sources
    self.storage = storage
    registry = ModelRegistry(tombstoneObjection: tombstoneObjection)
    journal = Journal(JournalRecord(), storage: storage, time: time)
    deleter = TagDeleter(registry: registry, journal: journal, time: time)
    channel = try Self.channel(branches, acceptances, suspensions, deleter, events, interrupt, sources)
    sources?.registry.withLock { [registry] in $0 = registry }
  }

  /// As after a new start of the daemon: only the journal and the registry are left.
  func restart() throws {
    let (record, _) = try JournalRecord.read(storage.bytes)
    journal = Journal(record, storage: storage, time: time)
    deleter = TagDeleter(registry: registry, journal: journal, time: time)
    channel = try Self.channel(branches, acceptances, suspensions, deleter, events, interrupt, sources)
  }

  @discardableResult
  func sweep() async -> PassReport { await channel.pass(.sweep, beside: []) }

  @discardableResult
  func commitPass() async -> PassReport { await channel.pass(.commit, beside: []) }

  /// Asks the pass to make way at the `count`-th request that `matches`.
  func interrupt(at count: Int = 1, _ matches: @escaping @Sendable (String) -> Bool) {
    let left = Atomic(count)
    registry.adjust {
      $0.onRequest = { [interrupt] request, _ in
        if matches(request), left.subtract(1, ordering: .relaxed).newValue == 0 { interrupt.raise() }
      }
    }
  }

  /// Lets passes go on after `interrupt(at:)`.
  func resume() {
    interrupt.clear()
    registry.adjust { $0.onRequest = nil }
  }

  /// A channel that goes on while its history is read and its images are copied, as the daemon's do.
  func daemonChannel(
    _ settings: ChannelSettings? = nil, interrupt: Interrupt? = nil,
    sweepInterval: Duration = .seconds(300), longWorkEnded: @escaping @Sendable () -> Void = {}
  ) -> ChannelReconciler {
    ChannelReconciler(
      settings ?? channel.settings, source: branches, acceptances: acceptances, suspensions: suspensions,
      deleter: deleter, copier: sources, events: events, interrupt: interrupt ?? self.interrupt,
      waitsForLongWork: false,
      sweepInterval: sweepInterval, longWorkEnded: longWorkEnded)
  }

  static func channel(
    _ branches: ModelBranches, _ acceptances: MemoryAcceptances, _ suspensions: MemorySuspensions,
    _ deleter: TagDeleter, _ events: EventLog, _ interrupt: Interrupt, _ copier: ModelSources? = nil
  ) throws -> ChannelReconciler {
    let settings = ChannelSettings(
      name: "latest", branch: "production", template: try TagTemplate("{image}-latest"),
      sources: try copier == nil ? [] : [CopySource("staging"), CopySource("ghcr.io/{repository}")])
    return ChannelReconciler(
      settings, source: branches, acceptances: acceptances, suspensions: suspensions, deleter: deleter,
      copier: copier, events: events, interrupt: interrupt, waitsForLongWork: true)
  }
}

final class EventLog: EventSink {
  private let events = Mutex<[Event]>([])

  func take(_ event: Event) { events.withLock { $0.append(event) } }

  /// The events since the last call.
  func taken() -> [Event] {
    events.withLock { events in
      defer { events = [] }
      return events
    }
  }
}

final class MemoryAcceptances: AcceptanceBox {
  private let given = Mutex<[String: Acceptance]>([:])

  func accept(_ commit: CommitID, abandoning abandoned: CommitID) {
    given.withLock { $0["latest"] = Acceptance(commit: commit, abandoned: abandoned) }
  }
  func acceptance(for channel: String) async -> Acceptance? { given.withLock { $0[channel] } }
  func remove(for channel: String) async { given.withLock { $0[channel] = nil } }
  func command(accepting commit: CommitID, for channel: String) -> String {
    "tagkeeper accept --channel \(channel) \(commit)"
  }
}

final class MemorySuspensions: SuspensionBox {
  private let reading = Mutex<SuspensionReading>(.known([]))

  func answer(_ reading: SuspensionReading) { self.reading.withLock { $0 = reading } }
  func suspensions() async -> SuspensionReading { reading.withLock(\.self) }
}
