package import Model
package import Planning

/// One channel's passes. Not safe to share: one loop owns it.
package final class ChannelReconciler {
  package enum PassKind: Sendable {
    /// Asks only about tags of which nothing is known: after a ref moved, or to finish what failed.
    case commit
    /// Asks about every tag.
    case sweep
  }

  package let settings: ChannelSettings
  let reader: PassReader
  let registry: any TagWriter
  let deleter: TagDeleter
  /// Nil where the channel has no sources.
  let flights: CopyFlights?
  let journal: Journal
  let suspensions: any SuspensionBox
  let events: any EventSink
  let time: any TimeSource
  let interrupt: Interrupt
  let history: HistoryKeeper
  /// Of the channel that this one creates from.
  let sourceHistory: HistoryKeeper
  let sweepInterval: Duration
  /// An `apply` waits for the whole history, and for copies; a daemon goes on and comes back when they are there.
  let waitsForLongWork: Bool
  var memory = ChannelMemory()

  /// - Parameters:
  ///   - copier: Nil where no channel copies.
  ///   - heartbeat: the loop's, which it keeps beating while a pass waits for git; nil without a loop.
  ///   - sweepInterval: how often the loop sweeps: no part of an interrupted sweep counts for longer.
  ///   - longWorkEnded: Called when a history was read, or a copy ended, that a pass went on without.
  package init(
    _ settings: ChannelSettings, source: any StateSource, acceptances: any AcceptanceBox,
    suspensions: any SuspensionBox, deleter: TagDeleter, copier: (any ImageCopier)? = nil,
    events: any EventSink, interrupt: Interrupt, waitsForLongWork: Bool,
    heartbeat: Heartbeat? = nil, sweepInterval: Duration = UnfinishedSweep.longestRest,
    longWorkEnded: @escaping @Sendable () -> Void = {}
  ) {
    self.settings = settings
    self.registry = deleter.registry
    self.journal = deleter.journal
    self.time = deleter.time
    reader = PassReader(
      channel: settings, source: source, registry: deleter.registry, acceptances: acceptances,
      time: deleter.time, heartbeat: heartbeat)
    self.suspensions = suspensions
    self.deleter = deleter
    flights = copier.flatMap { copier in
      settings.sources.isEmpty
        ? nil
        : CopyFlights(settings, copier: copier, events: events, time: deleter.time, ended: longWorkEnded)
    }
    self.events = events
    self.interrupt = interrupt
    history = HistoryKeeper(source: source, heartbeat: heartbeat, ready: longWorkEnded)
    sourceHistory = HistoryKeeper(source: source, heartbeat: heartbeat, ready: longWorkEnded)
    memory.creation = settings.createFrom == nil ? .none : .pending
    memory.flaps = FlapBreaker(sweep: sweepInterval)
    self.sweepInterval = sweepInterval
    self.waitsForLongWork = waitsForLongWork
  }

  /// The earliest time at which a failed change may be tried again, or a suspension ends.
  package var nextRetry: Duration? {
    let due = memory.backoff.nextDue(after: time.monotonic(), besides: memory.copying)
    return [due, memory.suspendedUntil].compactMap(\.self).min()
  }

  /// True while a sweep that was interrupted has tags left to ask about.
  package var hasUnfinishedSweep: Bool { memory.unfinishedSweep != nil }

  /// True while tags differ from what was written a moment ago: another sweep has to agree.
  package var suspectsDrift: Bool { !memory.grace.suspects.isEmpty }

  /// What other channels need to know of this one.
  package var neighbour: Neighbour { Neighbour(settings, memory.target, memory.creation) }

  /// Reads the channel's state without a pass, so that other channels know what it declares.
  package func readState() async {
    guard memory.target == nil else { return }
    let record = await journal.record.channels[settings.name]
    if case .target(let target, _) = await reader.target(after: record, knowing: nil) {
      memory.target = target
    }
  }

  /// One pass. A pass that is interrupted says so by changes without an outcome.
  /// - Parameter revision: a commit to apply instead of the branch's tip; it is not recorded as applied.
  package func pass(
    _ kind: PassKind, at revision: CommitID? = nil, beside neighbours: [Neighbour]
  ) async -> PassReport {
    let start = time.monotonic()
    var report = PassReport(channel: settings.name, branch: settings.branch)
    var isNews = false
    do {
      try await run(kind, at: revision, beside: neighbours, &report)
      if !report.endedEarly, let reason = memory.silence { throw PassHold(reason: reason) }
      report.duration = time.monotonic() - start
      isNews = revision == nil ? try await journalPass(report) : self.isNews(report)
    } catch let hold as PassHold {
      report.error = hold.reason
    } catch let wait as PassWait {
      report.awaited = wait.reason
    } catch {
      let done = report.plan.changes.count { $0.outcome == .applied }
      report.error = "stopped after \(done) changes, because the journal can't be written: \(error)"
    }
    // A sweep that goes on after a hold would vouch for tags as they were before it.
    if report.error != nil { memory.unfinishedSweep = nil }
    report.duration = time.monotonic() - start
    tell(report, isNews: isNews)
    return report
  }
}

/// Why a pass went no further.
struct PassHold: Error {
  let reason: String
}

/// What a pass has to know before it goes on.
struct PassWait: Error {
  static let history =
    "the state declares no image; whether that is meant depends on the branch's history, which is still being read"
  let reason: String
}

/// A channel beside the one whose pass it is.
package struct Neighbour: Sendable {
  package let settings: ChannelSettings
  /// Nil where its state was never read in this process.
  package let declared: DeclaredTags?
  /// False where it may declare more.
  package let isWhole: Bool

  init(_ settings: ChannelSettings, _ target: Target?, _ creation: Creation) {
    self.settings = settings
    declared = target?.declared
    // An empty state may yet be held: it is no proof that nothing is declared.
    isWhole = creation.isWhole && target?.own.entries.isEmpty == false
  }
}
