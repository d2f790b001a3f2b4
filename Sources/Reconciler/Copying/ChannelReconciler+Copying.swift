import Model
import Planning

extension ChannelReconciler {
  /// How the images stand that the plan wants and the channel copies. The copies of others are cancelled, and those of
  /// what is suspended.
  /// - Parameter past: keep tags that nobody misses: nothing is copied for them.
  func standings(_ plan: Plan, past: Set<TagReference>) -> [NeededImage: CopyStanding] {
    guard let flights else { return [:] }
    let wanted = plan.changes.filter { $0.restraint == nil && !past.contains($0.reference) }
      .compactMap { NeededImage($0) }
    let images = Set(wanted)
    flights.keep(images)
    return flights.standings(unless: interrupt).filter { images.contains($0.key) }
  }

  /// Ends the changes whose images could not be copied. A fault of a source is no fault of the registry: the others go on.
  func endUncopied(
    _ commit: CommitID, _ copies: [NeededImage: CopyStanding], _ report: inout PassReport
  ) async throws {
    var ended: [TagReference: Change] = [:]
    defer { report.plan.replace(with: ended) }
    var events: [JournalEntry.Event] = []
    for change in report.plan.changes where change.isPut && change.outcome == nil {
      guard case .failed(let failure) = copies[change] else { continue }
      let change = change.ended(failure)
      ended[change.reference] = change
      let failedWrite = memory.failedWrites[change.reference]
      if let event = note(change, commit, isTerminal: failure.isTerminal) { events.append(event) }
      // Nothing was written: what is found there later is somebody else's.
      memory.failedWrites[change.reference] = failedWrite
      if failure.kind == .hostReadOnly {
        memory.backoff.hostFailed(at: time.monotonic(), random: time.random())
      }
    }
    try await journal.append(events)
  }

  /// Begins to copy the images of the changes whose repositories lack them, and of those whose copies were cut off.
  /// - Parameter lacking: the tags whose puts were refused because something is not there.
  func beginCopies(
    _ lacking: Set<TagReference>, _ copies: [NeededImage: CopyStanding], _ report: inout PassReport
  ) {
    guard let flights, !interrupt.isRaised else { return }
    let due = takeDue(&report) { change in
      change.isPut && (lacking.contains(change.reference) || copies[change] == .cutOff)
    }
    flights.begin(due.compactMap { NeededImage($0) })
  }

  /// Waits for the next copy to end. Interrupted, it ends them all.
  /// - Returns: False where none is left to wait for.
  func waitForCopy() async -> Bool {
    guard waitsForLongWork, let flights else { return false }
    let hadSome = flights.isBusy
    await interrupt.cancelling { await flights.landing() }
    guard interrupt.isRaised else { return hadSome }
    await flights.end()
    return false
  }

  /// Makes the changes due that were blocked for lack of `images`, which another channel has copied.
  /// - Returns: False where there were none.
  func takeArrived(_ images: Set<NeededImage>) -> Bool {
    let arrived = memory.said.filter { tag, change in
      change.action == .blocked && memory.backoff.knows(tag)
        && NeededImage(change).map(images.contains) == true
    }
    for tag in arrived.keys { memory.backoff.release(tag) }
    return !arrived.isEmpty
  }

  /// Says of each change that waits for a copy that it does.
  func noteCopying(_ report: inout PassReport) {
    guard let flights else { return }
    memory.copying = []
    let sources = settings.sources.map(\.description).joined(separator: " or ")
    for index in report.plan.changes.indices {
      let change = report.plan.changes[index]
      guard change.isPut, change.outcome == nil, let image = NeededImage(change), flights.isAwaited(image)
      else { continue }
      report.plan.changes[index].isBeingCopied = true
      report.plan.changes[index].reason = "being copied from \(sources)"
      memory.copying.insert(change.reference)
    }
  }
}
