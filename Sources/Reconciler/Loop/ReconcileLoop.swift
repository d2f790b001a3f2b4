import Model

/// The daemon's loop: owns every channel and runs one pass at a time.
package final class ReconcileLoop {
  private let channels: [ChannelReconciler]
  private let deleter: TagDeleter
  private let doorbell: Doorbell
  private let events: any EventSink
  private let heartbeat: Heartbeat
  private let time: any TimeSource
  private var agenda: Agenda

  /// - Parameters:
  ///   - poll: after how long a held pass is tried again.
  ///   - sweep: how often every tag is compared, give or take a tenth.
  ///   - heartbeat: the one that `deleter`'s registry keeps beating while a pass goes on.
  package init(
    _ channels: [ChannelReconciler], deleter: TagDeleter, doorbell: Doorbell, events: any EventSink,
    poll: Duration, sweep: Duration, heartbeat: Heartbeat
  ) {
    self.channels = channels
    self.deleter = deleter
    self.doorbell = doorbell
    self.events = events
    self.heartbeat = heartbeat
    time = deleter.time
    agenda = Agenda(channels: channels.map(\.settings.name), poll: poll, sweep: sweep, now: time.monotonic())
  }

  /// Returns when the doorbell says stop, with no request in flight.
  package func run() async {
    await makePasses()
    await withDiscardingTaskGroup { group in
      for flights in channels.compactMap(\.flights) { group.addTask { await flights.end() } }
    }
  }

  private func makePasses() async {
    for channel in channels { await channel.readState() }
    while true {
      let rings = doorbell.take()
      if rings.stop { return }
      heartbeat.beat()
      agenda.take(rings, now: time.monotonic())
      switch agenda.next(now: time.monotonic()) {
      case .wait(let deadline):
        heartbeat.rest(until: deadline)
        await doorbell.wait(until: deadline, time)
      case .pass(let name, let kind): await pass(kind, of: channels.first { $0.settings.name == name }!)
      }
    }
  }

  private func pass(_ kind: ChannelReconciler.PassKind, of channel: ChannelReconciler) async {
    await recover()
    let neighbours = channels.filter { $0 !== channel }.map(\.neighbour)
    let before = await deleter.journal.record.channels[channel.settings.name]?.counted
    let report = await channel.pass(kind, beside: neighbours)
    let outcome = Agenda.Outcome(
      isHeld: report.error != nil || report.awaited != nil,
      isUnfinished: report.isInterrupted
        || (doorbell.interrupt.isRaised
          && (report.plan.outcomes.notBegun > 0 || channel.flights?.hasLanded == true)),
      hasUnfinishedSweep: channel.hasUnfinishedSweep, suspectsDrift: channel.suspectsDrift,
      nextRetry: channel.nextRetry)
    agenda.ended(kind, of: channel.settings.name, outcome, now: time.monotonic(), random: time.random())
    if await deleter.journal.record.channels[channel.settings.name]?.counted != before {
      // What it applied may bring images that other channels create at once.
      agenda.enqueue(
        channels.map(\.settings).filter { $0.createFrom?.channel == channel.settings.name }.map(\.name))
    }
    let copied = NeededImage.copied(by: report)
    if !copied.isEmpty {
      agenda.enqueue(
        channels.filter { $0 !== channel && $0.takeArrived(copied) }.map(\.settings.name))
    }
  }

  private func recover() async {
    do {
      try await deleter.recover(telling: events)
    } catch {
      events.take(.warning("the journal can't be written: \(error)"))
    }
  }
}
