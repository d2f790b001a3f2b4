import Model
import Synchronization

/// A channel's copies under way: made beside its passes, which ask for them and hear what came of them.
///
/// An image is copied once, however many passes ask for it, and `limit` of them at a time in the order of asking.
final class CopyFlights: Sendable {
  /// Images that are copied at once: each sends several blobs.
  static let limit = 4
  /// A copy that goes on for so long is worth a line before its end.
  static let long: Duration = .seconds(60)

  private let state = Mutex(State())
  private let copier: any ImageCopier
  private let settings: ChannelSettings
  private let events: any EventSink
  private let time: any TimeSource
  private let ended: @Sendable () -> Void

  /// - Parameter ended: Called when a copy has ended that was not cancelled.
  init(
    _ settings: ChannelSettings, copier: any ImageCopier, events: any EventSink, time: any TimeSource,
    ended: @escaping @Sendable () -> Void
  ) {
    self.settings = settings
    self.copier = copier
    self.events = events
    self.time = time
    self.ended = ended
  }

  // MARK: What passes ask for

  /// Copies `images`, but for those that are being copied.
  func begin(_ images: some Sequence<NeededImage>) {
    state.withLock { state in
      for image in images where !state.isAwaited(image) {
        state.flights[image] = .waiting
        state.copied[image] = nil
        state.queue.append(image)
      }
      startWaiting(&state)
    }
  }

  /// An image that was copied is not there any more.
  func forget(_ image: NeededImage) { state.withLock { $0.copied[image] = nil } }

  /// Cancels the copies of all other images: nobody wants them any more.
  func keep(_ wanted: Set<NeededImage>) {
    for task in state.withLock({ $0.keep(wanted) }) { task.cancel() }
  }

  /// Cancels all copies, and waits for their end.
  func end() async {
    keep([])
    for task in state.withLock({ Array($0.tasks.values) }) { await task.value }
  }

  // MARK: What passes hear

  /// How each image stands of which a copy was asked for. A failure is told once.
  /// - Parameter interrupt: Once it is raised, failures wait: a shutdown may have made them.
  func standings(unless interrupt: Interrupt) -> [NeededImage: CopyStanding] {
    let unfinished = copier.unfinished.images
    return state.withLock { state in
      var standings = unfinished.reduce(into: [:]) { $0[$1] = CopyStanding.cutOff }
      for image in state.flights.keys { standings[image] = .awaited }
      for (image, outcome) in state.landed {
        switch outcome {
        case .success(let place): state.copied[image] = place
        case .failure where interrupt.isRaised:
          standings[image] = .awaited
          continue
        case .failure(let failure): standings[image] = .failed(failure)
        }
        state.landed[image] = nil
      }
      for (image, place) in state.copied { standings[image] = .copied(from: place) }
      return standings
    }
  }

  /// Whether there is something to wait for, or to hear of.
  var isBusy: Bool { state.withLock { !$0.tasks.isEmpty || !$0.landed.isEmpty } }

  /// A copy has ended of which no pass has heard.
  var hasLanded: Bool { state.withLock { !$0.landed.isEmpty } }

  /// Whether the image is being copied, or waits for its turn.
  func isUnderWay(_ image: NeededImage) -> Bool { state.withLock { $0.flights[image] != nil } }

  /// Whether a pass has yet to hear what became of the image's copy.
  func isAwaited(_ image: NeededImage) -> Bool { state.withLock { $0.isAwaited(image) } }

  /// Returns once a copy has ended of which no pass has heard, or none is left. Cancelling the task cancels the copies.
  func landing() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { lookout in
        let isOver = state.withLock { state in
          if state.mayLand { state.lookout = lookout }
          return !state.mayLand
        }
        if isOver { lookout.resume() }
      }
    } onCancel: {
      keep([])
    }
  }

  // MARK: Copying

  private func startWaiting(_ state: inout State) {
    while state.tasks.count < Self.limit, let image = state.queue.popFirst() {
      guard case .waiting = state.flights[image] else { continue }
      state.lastID += 1
      let id = state.lastID
      state.flights[image] = .underWay(id)
      state.tasks[id] = Task { await fly(image, id) }
    }
  }

  private func fly(_ image: NeededImage, _ id: Int) async {
    let outcome = await copy(image)
    switch outcome {
    case .success: copier.unfinished.remove(image)
    // No source has it: nobody but who pushes it can bring it to its end.
    case .failure(let failure): if failure.kind == .missing { copier.unfinished.remove(image) }
    }
    let (isWanted, lookout) = state.withLock { state in
      let isWanted = state.land(image, id, outcome)
      startWaiting(&state)
      return (isWanted, state.takeLookout())
    }
    lookout?.resume()
    if isWanted { ended() }
  }

  private func copy(_ image: NeededImage) async -> Result<String, WriteFailure> {
    let start = time.monotonic()
    let reminder = Task {
      try await time.sleep(until: start + Self.long)
      events.take(
        .copying(
          channel: settings.name, digest: image.digest, repository: image.repository,
          duration: time.monotonic() - start))
    }
    defer { reminder.cancel() }
    do throws(WriteFailure) {
      let (source, bytes) = try await copier.copy(
        image.digest, to: image.repository, from: settings.sources
      ) { [copier] in copier.unfinished.insert(image) }
      let copied = ImageCopied(
        digest: image.digest, repository: image.repository, source: source, bytes: bytes,
        duration: time.monotonic() - start)
      events.take(.copied(channel: settings.name, copied))
      return .success(source)
    } catch {
      return .failure(error)
    }
  }
}
