/// Which pass is next, and when. Times are monotonic. A commit pass never waits for a sweep.
struct Agenda {
  enum Step: Hashable {
    case pass(channel: String, ChannelReconciler.PassKind)
    case wait(until: Duration)
  }

  /// What the loop needs to know of a pass that ended.
  struct Outcome {
    var isHeld = false
    /// Work is left that nothing but the interrupt kept from being done.
    var isUnfinished = false
    var hasUnfinishedSweep = false
    /// A second sweep has to say whether tags drifted.
    var suspectsDrift = false
    var nextRetry: Duration?
  }

  private struct Entry {
    let channel: String
    var sweepAt: Duration
    var retryAt: Duration?

    var due: Duration { min(sweepAt, retryAt ?? sweepAt) }
  }

  let poll: Duration
  let sweep: Duration
  private var entries: [Entry]
  /// Channels with a commit pass to do, the next first.
  private var queue: [String] = []

  /// Every channel begins with a sweep.
  init(channels: [String], poll: Duration, sweep: Duration, now: Duration) {
    self.poll = poll
    self.sweep = sweep
    entries = channels.map { Entry(channel: $0, sweepAt: now) }
  }

  mutating func take(_ rings: Rings, now: Duration) {
    // What moved just now goes before what it interrupted.
    queue =
      entries.map(\.channel).filter(rings.channels.contains) + queue.filter { !rings.channels.contains($0) }
    // Behind what waits: one channel's copies, ending one by one, must not keep the others from their turn.
    enqueue(entries.map(\.channel).filter(rings.ended.contains))
    // What has waited keeps its place: rings that come faster than sweeps must not bring one channel before the others
    // for ever.
    if rings.sweep {
      for index in entries.indices { entries[index].sweepAt = min(entries[index].sweepAt, now) }
    }
  }

  /// A commit pass of each, after those that wait already.
  mutating func enqueue(_ channels: [String]) { queue += channels.filter { !queue.contains($0) } }

  func next(now: Duration) -> Step {
    if let channel = queue.first { return .pass(channel: channel, .commit) }
    // What has waited longest.
    guard let entry = entries.min(by: { $0.due < $1.due }) else { return .wait(until: now + poll) }
    guard entry.due <= now else { return .wait(until: entry.due) }
    // A sweep tries again, too.
    return .pass(channel: entry.channel, entry.sweepAt <= now ? .sweep : .commit)
  }

  /// - Parameter random: 0..<1, spreads the sweeps of many daemons.
  mutating func ended(
    _ kind: ChannelReconciler.PassKind, of channel: String, _ outcome: Outcome, now: Duration, random: Double
  ) {
    guard let index = entries.firstIndex(where: { $0.channel == channel }) else { return }
    queue.removeAll { $0 == channel }
    if outcome.isUnfinished { queue.append(channel) }
    // Never at once: no slip in the bookkeeping may become a hot loop.
    let retry = outcome.nextRetry.map { max($0, now + ChangeBackoff.shortest) }
    entries[index].retryAt = outcome.isHeld ? now + poll : retry
    guard kind == .sweep else { return }
    entries[index].sweepAt =
      if outcome.hasUnfinishedSweep, !outcome.isHeld { now } else if outcome.isHeld || outcome.suspectsDrift {
        now + min(poll, sweep)
      } else {
        now + sweep * (0.9 + 0.2 * random)
      }
  }
}
