import Model

extension ChannelReconciler {
  /// Images that are copied at once: each sends several blobs.
  static var copiesAtOnce: Int { 4 }

  /// Whether an earlier copy of the change's image ended before everything that belongs to it was there: its repository
  /// may have the digest, and lack what is signed with it.
  func isUnfinishedCopy(_ change: Change) -> Bool {
    copier != nil && change.to.map { memory.unfinishedCopies.contains(NeededImage(change, $0)) } ?? false
  }

  /// Copies the images of the changes whose repositories lack them, and puts each to its tag once it is there. A fault of
  /// a source is no fault of the registry: the others go on.
  /// - Parameter lacking: the tags whose puts were refused because something is not there.
  func copyAndPut(
    _ commit: CommitID, _ lacking: Set<TagReference>, _ report: inout PassReport
  ) async throws {
    guard let copier, !interrupt.isRaised else { return }
    memory.unfinishedCopies.formIntersection(
      report.plan.changes.compactMap { change in change.to.map { NeededImage(change, $0) } })
    let due = takeDue(&report) { [self] in
      ($0.action == .create || $0.action == .move) && (lacking.contains($0.reference) || isUnfinishedCopy($0))
    }
    guard !due.isEmpty else { return }
    memory.unfinishedCopies.formUnion(due.map { NeededImage($0, $0.to!) })
    var ended: [TagReference: Change] = [:]
    defer { report.plan.replace(with: ended) }
    let copying = CopyingWrite(
      copier: copier, registry: registry, interrupt: interrupt, settings: settings, events: events, time: time
    )
    let applier = ChangeApplier(
      journal: journal, interrupt: interrupt, limit: Self.copiesAtOnce, tolerance: nil, taskExecutor: nil,
      write: { await copying.write($0) })
    let gaveUp = try await applier.apply(due) { change, failure in
      let change = change.ended(failure)
      ended[change.reference] = change
      if failure == nil { memory.unfinishedCopies.remove(NeededImage(change, change.to!)) }
      return note(change, commit, isTerminal: failure?.isTerminal ?? false)
    }
    if gaveUp { memory.backoff.hostFailed(at: time.monotonic(), random: time.random()) }
  }
}

/// A change that is made by a copy and a put.
private struct CopyingWrite: Sendable {
  let copier: any ImageCopier
  let registry: any TagWriter
  let interrupt: Interrupt
  let settings: ChannelSettings
  let events: any EventSink
  let time: any TimeSource

  func write(_ change: Change) async -> ChangeApplier.Written? {
    let (copied, failure) = await interrupt.cancelling { await copy(change) }
    // What a cancelled copy says is no failure: it goes on in a later pass.
    guard !interrupt.isRaised else { return nil }
    guard failure == nil else { return (copied, failure) }
    // Never cancelled: it may be made all the same, and a later write must not overtake it.
    do throws(WriteFailure) {
      try await registry.put(change.to!, at: change.reference)
      return (copied, nil)
    } catch {
      return (copied, error)
    }
  }

  private func copy(_ change: Change) async -> ChangeApplier.Written {
    var change = change
    let (digest, repository) = (change.to!, change.key.repository)
    do throws(WriteFailure) {
      let start = time.monotonic()
      let (source, bytes) = try await copier.copy(digest, to: repository, from: settings.sources)
      change.copiedFrom = source
      let copied = ImageCopied(
        digest: digest, repository: repository, source: source, bytes: bytes,
        duration: time.monotonic() - start)
      events.take(.copied(channel: settings.name, copied))
      return (change, nil)
    } catch {
      return (change, error)
    }
  }
}
