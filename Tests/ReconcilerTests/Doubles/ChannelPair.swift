import Model
import Reconciler
import TestSupport

/// `staging` on `main` and `latest` on `production`, which creates from it and keeps generations, with everything around
/// them in memory.
final class ChannelPair {
  let branches = ModelBranches()
  let registry = ModelRegistry()
  let time = ManualTime()
  let events = EventLog()
  let storage = MemoryStorage()
  let interrupt = Interrupt()
  private let latestSettings: ChannelSettings
  private(set) var journal: Journal
  private(set) var staging: ChannelReconciler
  private(set) var latest: ChannelReconciler
  private(set) var deleter: TagDeleter

  init(keep: String? = nil, createsFromStaging: Bool = true) throws {
    latestSettings = ChannelSettings(
      name: "latest", branch: "production", template: try TagTemplate("{image}-latest"),
      createFrom: createsFromStaging ? .init(channel: "staging", branch: "main") : nil,
      keep: try keep.map { try KeepTemplate($0) })
    journal = Journal(JournalRecord(), storage: storage, time: time)
    deleter = TagDeleter(registry: registry, journal: journal, time: time)
    let made = try Self.channels(latestSettings, branches, deleter, events, interrupt, waits: true) { _ in }
    (staging, latest) = (made[0], made[1])
  }

  /// As after a new start of the daemon: only the journal and the registry are left.
  func restart(waits: Bool = true, longWorkEnded: @escaping @Sendable (String) -> Void = { _ in }) throws {
    let (record, _) = try JournalRecord.read(storage.bytes)
    journal = Journal(record, storage: storage, time: time)
    deleter = TagDeleter(registry: registry, journal: journal, time: time)
    let made = try Self.channels(
      latestSettings, branches, deleter, events, interrupt, waits: waits, longWorkEnded)
    (staging, latest) = (made[0], made[1])
  }

  func passOfStaging() async { _ = await staging.pass(.commit, beside: [latest.neighbour]) }

  @discardableResult
  func pass(_ kind: ChannelReconciler.PassKind = .commit, at revision: CommitID? = nil) async -> PassReport {
    await latest.pass(kind, at: revision, beside: [staging.neighbour])
  }

  /// A pass of each, the source's first, and past the first pass's hold.
  func settle() async {
    for _ in 0..<2 {
      await passOfStaging()
      await pass()
    }
  }

  func plan(at revision: CommitID? = nil) async throws -> PassReport {
    let passes = [staging.settings, latestSettings].map {
      PlanPass(
        $0, source: branches, registry: registry, acceptances: MemoryAcceptances(),
        suspensions: MemorySuspensions(), time: time)
    }
    let record = await journal.record
    return await passes[1].report(after: record, at: revision, beside: [passes[0].neighbour(record)])
  }

  /// The tags of `latest`, and keep tags.
  var tags: [String: UInt8] { registry.tags.filter { !$0.key.hasSuffix("-staging") } }

  private static func channels(
    _ latest: ChannelSettings, _ branches: ModelBranches, _ deleter: TagDeleter, _ events: EventLog,
    _ interrupt: Interrupt, waits: Bool, _ longWorkEnded: @escaping @Sendable (String) -> Void
  ) throws -> [ChannelReconciler] {
    let staging = ChannelSettings(
      name: "staging", branch: "main", template: try TagTemplate("{image}-staging"))
    return [staging, latest].map { settings in
      ChannelReconciler(
        settings, source: branches, acceptances: MemoryAcceptances(), suspensions: MemorySuspensions(),
        deleter: deleter, events: events,
        interrupt: interrupt, waitsForLongWork: waits, longWorkEnded: { longWorkEnded(settings.name) })
    }
  }
}
