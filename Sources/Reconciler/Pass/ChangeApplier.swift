import Model

/// Carries out creates and moves: as many at once as the registry allows, each standing alone.
struct ChangeApplier: Sendable {
  let registry: any TagWriter
  let journal: Journal
  let interrupt: Interrupt

  private enum Step: Sendable {
    case ended(Change, WriteFailure?)
    case recorded((any Error)?)
  }

  /// Writes each change's digest to its tag, and appends to the journal what `ended` makes of each, in the order in which
  /// they end. What ends while the journal is being written waits for the next append, and no write waits for either.
  /// A change that was not begun is not heard of: interrupted, or the host takes no writes.
  /// - Returns: Whether the host was given up.
  /// - Throws: what the journal throws, once the writes in flight have ended; no more is started then.
  func apply(
    _ changes: [Change], ended: (Change, WriteFailure?) -> JournalEntry.Event?
  ) async throws -> Bool {
    var health = HostHealth(tolerance: registry.concurrency)
    var journalFailure: (any Error)?
    await withTaskGroup(of: Step.self) { group in
      var waiting = changes.makeIterator()
      var unrecorded: [JournalEntry.Event] = []
      var isRecording = false
      func startNext() {
        guard !interrupt.isRaised, health.acceptsWrites, journalFailure == nil, let change = waiting.next()
        else { return }
        group.addTask(executorPreference: registry.taskExecutor) { await write(change) }
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
      for _ in 0..<registry.concurrency { startNext() }
      for await step in group {
        switch step {
        case .ended(let change, let failure):
          health.note(failure)
          startNext()
          if failure?.kind != .notBegun, let event = ended(change, failure) { unrecorded.append(event) }
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

  private func write(_ change: Change) async -> Step {
    do throws(WriteFailure) {
      try await registry.put(change.to!, at: change.reference)
      return .ended(change, nil)
    } catch {
      return .ended(change, error)
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
    case .notBegun: break
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
