import Model

/// Carries out creates and moves: several at once, each standing alone.
struct ChangeApplier: Sendable {
  /// What became of one change; nil where it was interrupted before it took effect.
  typealias Written = (change: Change, failure: WriteFailure?)

  let journal: Journal
  let interrupt: Interrupt
  /// How many are under way at most.
  let limit: Int
  /// After how many faults in a row the host is given up; nil where they may be another host's.
  let tolerance: Int?
  let taskExecutor: (any TaskExecutor)?
  let write: @Sendable (Change) async -> Written?

  private enum Step: Sendable {
    case ended(Written?)
    case recorded((any Error)?)
  }

  /// Writes each change, and appends to the journal what `ended` makes of each, in the order in which
  /// they end. What ends while the journal is being written waits for the next append, and no write waits for either.
  /// A change that was not begun is not heard of: interrupted, or the host takes no writes.
  /// - Returns: Whether the host was given up.
  /// - Throws: what the journal throws, once the writes in flight have ended; no more is started then.
  func apply(
    _ changes: [Change], ended: (Change, WriteFailure?) -> JournalEntry.Event?
  ) async throws -> Bool {
    var health = HostHealth(tolerance: tolerance)
    var journalFailure: (any Error)?
    await withTaskGroup(of: Step.self) { group in
      var waiting = changes.makeIterator()
      var unrecorded: [JournalEntry.Event] = []
      var isRecording = false
      func startNext() {
        guard !interrupt.isRaised, health.acceptsWrites, journalFailure == nil, let change = waiting.next()
        else { return }
        group.addTask(executorPreference: taskExecutor) { .ended(await write(change)) }
      }
      func record() {
        guard !isRecording, !unrecorded.isEmpty, journalFailure == nil else { return }
        isRecording = true
        group.addTask { [journal, unrecorded] in
          do {
            try await journal.append(unrecorded)
            return .recorded(nil)
          } catch {
            return .recorded(error)
          }
        }
        unrecorded = []
      }
      for _ in 0..<limit { startNext() }
      for await step in group {
        switch step {
        case .ended(let written):
          health.note(written?.failure)
          startNext()
          if let written, let event = ended(written.change, written.failure) { unrecorded.append(event) }
        case .recorded(let failure):
          isRecording = false
          journalFailure = journalFailure ?? failure
        }
        record()
      }
    }
    if let journalFailure { throw journalFailure }
    return !health.acceptsWrites
  }
}

extension ChangeApplier {
  /// Puts each change's digest, which its repository has, to its tag: as many at once as the registry allows.
  init(_ registry: any TagWriter, _ journal: Journal, _ interrupt: Interrupt) {
    self.init(
      journal: journal, interrupt: interrupt, limit: registry.concurrency, tolerance: registry.concurrency,
      taskExecutor: registry.taskExecutor
    ) { change in
      do throws(WriteFailure) {
        try await registry.put(change.to!, at: change.reference)
        return (change, nil)
      } catch {
        return (change, error)
      }
    }
  }
}

extension Change {
  /// The change as it ended. What the registry lacks blocks it; anything else failed.
  func ended(_ failure: WriteFailure?) -> Change {
    var change = self
    switch failure?.kind {
    case nil: change.outcome = .applied
    case .missing, .incomplete:
      change.action = .blocked
      change.reason = failure!.message
    case .refused, .transient, .throttled, .hostReadOnly:
      change.outcome = .failed
      change.reason = failure!.message
    }
    return change
  }

  func held(_ reason: String) -> Change {
    var change = self
    change.action = .held
    change.reason = reason
    return change
  }
}
