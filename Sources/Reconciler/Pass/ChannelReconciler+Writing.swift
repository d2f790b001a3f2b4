import Model
import Planning

extension ChannelReconciler {
  /// Puts what is there, begins to copy what is not, and puts that too as far as the pass waits for it.
  /// - Parameter past: keep tags that nobody misses where the registry lacks their digest.
  func write(_ commit: CommitID, past: Set<TagReference>, _ report: inout PassReport) async throws {
    repeat {
      let copies = standings(report.plan, past: past)
      try await endUncopied(commit, copies, &report)
      let lacking = try await put(commit, past: past, copies, &report)
      beginCopies(lacking, copies, &report)
    } while await waitForCopy()
    noteCopying(&report)
  }

  /// Keep tags, so that what gives way is not lost; then creates, then moves.
  /// - Returns: The tags whose repositories lack what they are to point to, and may yet get it by a copy.
  private func put(
    _ commit: CommitID, past: Set<TagReference>, _ copies: [NeededImage: CopyStanding],
    _ report: inout PassReport
  ) async throws -> Set<TagReference> {
    var lacking: Set<TagReference> = []
    let steps: [(Change) -> Bool] = [
      { $0.action == .create && $0.cause == .keep }, { $0.action == .create && $0.cause != .keep },
      { $0.action == .move },
    ]
    for step in steps {
      let due = takeDue(&report) { step($0) && $0.mayBePut(copies) }.map { $0.noting(copies) }
      guard !due.isEmpty else { continue }
      var ended: [TagReference: Change] = [:]
      var givenUp: Set<TagReference> = []
      defer {
        report.plan.replace(with: ended)
        if !givenUp.isEmpty { report.plan.changes.removeAll { givenUp.contains($0.reference) } }
      }
      let applier = ChangeApplier(registry: registry, journal: journal, interrupt: interrupt)
      let gaveUp = try await applier.apply(due) { change, failure in
        if let failure, failure.isLackOfContent, past.contains(change.reference) {
          givenUp.insert(change.reference)
          memory.keep.giveUp(change.reference, at: time.monotonic())
          return nil
        }
        if let failure, failure.isLackOfContent, let flights, let image = NeededImage(change) {
          guard change.copiedFrom != nil else {
            lacking.insert(change.reference)
            return nil
          }
          // It was copied, and is not there: a next attempt copies it again.
          flights.forget(image)
        }
        let change = change.ended(failure)
        ended[change.reference] = change
        return note(change, commit, isTerminal: failure?.isTerminal ?? false)
      }
      guard !gaveUp else {
        memory.backoff.hostFailed(at: time.monotonic(), random: time.random())
        return []
      }
    }
    return lacking
  }

  func delete(_ commit: CommitID, _ report: inout PassReport) async throws {
    let due = takeDue(&report) { $0.action == .delete }
    guard !due.isEmpty, let history = memory.ownership?.history, !interrupt.isRaised else { return }
    let tombstones = await journal.record.tombstones
    let isOurs = { (change: Change, digest: Digest) in
      history.images[change.key]?.digests.contains(digest) == true || tombstones.contains(digest)
    }
    var ended: [TagReference: Change] = [:]
    defer { report.plan.replace(with: ended) }
    let origin = TombstoneBatch.Origin(channel: settings.name, commit: commit)
    let run = DeletionRun(origin, tolerance: registry.concurrency, isOurs: isOurs) { [self] change, failure in
      ended[change.reference] = change
      return note(change, commit, isTerminal: failure?.isTerminal ?? false)
    }
    try await deleter.delete(due, in: run, unless: interrupt)
    if !run.health.acceptsWrites { memory.backoff.hostFailed(at: time.monotonic(), random: time.random()) }
  }

  /// Tells of writes that had failed and are found done. Returns what the journal has to hold of them.
  func noteFoundDone(_ commit: CommitID) -> [JournalEntry.Event] {
    memory.takeFoundDone().map { change in
      var change = change
      (change.outcome, change.reason) = (.applied, "found done, though its write had failed")
      events.take(.change(channel: settings.name, commit: commit, change))
      return .change(channel: settings.name, commit, change)
    }
  }

  /// The report's changes of one kind that may be tried now; those that have to wait stay as they last ended.
  func takeDue(_ report: inout PassReport, where isOfKind: (Change) -> Bool) -> [Change] {
    let now = time.monotonic()
    var due: [Change] = []
    var waiting: [TagReference: Change] = [:]
    for change in report.plan.changes where isOfKind(change) && change.outcome == nil {
      if memory.backoff.isDue(change.reference, at: now), mayWrite(change) {
        due.append(change)
      } else if let said = memory.said[change.reference], said.to == change.to,
        memory.backoff.knows(change.reference)
      {
        waiting[change.reference] = said
      }
    }
    report.plan.replace(with: waiting)
    return due
  }

  /// A keep tag may be somebody else's by now: it is never written without a `HEAD` in the same pass.
  private func mayWrite(_ change: Change) -> Bool {
    change.cause != .keep || memory.keep.isFresh(change.reference)
  }

  /// Remembers and tells how one change ended.
  /// - Returns: What the journal has to hold of it; nil where that was said before.
  func note(_ change: Change, _ commit: CommitID, isTerminal: Bool) -> JournalEntry.Event? {
    let now = time.monotonic()
    if change.outcome != .failed || isTerminal { memory.silence = nil }
    if change.outcome == .applied {
      if let digest = change.to, change.cause == .keep {
        memory.kept(digest, at: change.reference, now)
      } else if let digest = change.to {
        memory.wrote(digest, to: change.reference, at: now)
        if change.cause == .drift { memory.flaps.healed(change.reference, at: now) }
      } else {
        memory.deleted(change.reference)
      }
    } else {
      memory.failed(change, at: now, random: time.random(), isTerminal: isTerminal)
      if memory.said[change.reference]?.saysTheSame(as: change) == true { return nil }
      memory.said[change.reference] = change
    }
    events.take(.change(channel: settings.name, commit: commit, change))
    return .change(channel: settings.name, commit, change)
  }
}

extension WriteFailure {
  /// Trying again can't help before something else changes.
  var isTerminal: Bool { kind == .refused || kind == .incomplete }

  var isLackOfContent: Bool { kind == .missing || kind == .incomplete }
}

extension Plan {
  mutating func replace(with ended: [TagReference: Change]) {
    guard !ended.isEmpty else { return }
    for index in changes.indices { changes[index] = ended[changes[index].reference] ?? changes[index] }
  }
}

extension Change {
  /// False where the image's copy is under way, or was cut off.
  fileprivate func mayBePut(_ copies: [NeededImage: CopyStanding]) -> Bool {
    switch copies[self] {
    case nil, .copied: true
    case .awaited, .failed, .cutOff: false
    }
  }

  fileprivate func noting(_ copies: [NeededImage: CopyStanding]) -> Change {
    guard case .copied(let place) = copies[self] else { return self }
    var change = self
    change.copiedFrom = place
    return change
  }
}
