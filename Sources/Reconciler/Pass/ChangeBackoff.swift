import Model

/// When a change that failed may be tried again: exponential, with full jitter (M. Brooker, "Exponential Backoff and
/// Jitter", AWS Architecture Blog).
///
/// A host that was given up for a pass is one pause for all of its changes.
struct ChangeBackoff {
  static let first: Duration = .seconds(1)
  static let longest: Duration = .seconds(300)
  /// Below this, a jitter near nothing would make a hot loop.
  static let shortest: Duration = .milliseconds(100)

  private var waiting: [TagReference: (failures: Int, until: Duration)] = [:]
  /// What the registry refuses, and will again: it waits for the next sweep.
  private var refused: Set<TagReference> = []

  private var host: (failures: Int, until: Duration)?

  /// The earliest time after `now` at which something is due again.
  /// - Parameter others: What is not waited for.
  func nextDue(after now: Duration, besides others: Set<TagReference> = []) -> Duration? {
    if let host, host.until > now { return host.until }
    return waiting.lazy.filter { !others.contains($0.key) }.map(\.value.until).min()
  }

  /// True for what failed or was refused before, due or not.
  func knows(_ tag: TagReference) -> Bool { waiting[tag] != nil || refused.contains(tag) }

  func isDue(_ tag: TagReference, at now: Duration) -> Bool {
    if let host, now < host.until { return false }
    return !refused.contains(tag) && waiting[tag].map { $0.until <= now } ?? true
  }

  mutating func failed(_ tag: TagReference, at now: Duration, random: Double) {
    let failures = (waiting[tag]?.failures ?? 0) + 1
    let due = now + Self.pause(after: failures, random: random)
    waiting[tag] = (failures, due.roundedUp(to: Self.grid(after: failures)))
  }

  /// Retries meet at common marks, at most eight in the longest pause: else each of a thousand failing changes makes a
  /// pass of its own. Powers of two, so that a wide grid's marks are also a narrow one's.
  private static func grid(after failures: Int) -> Duration { .seconds(1 << max(0, min(failures, 9) - 4)) }

  static func pause(after failures: Int, random: Double) -> Duration {
    max(shortest, min(longest, first * (1 << min(failures - 1, 16))) * random)
  }

  /// Within its pause this says nothing new.
  mutating func hostFailed(at now: Duration, random: Double) {
    if let host, now < host.until { return }
    let failures = (host?.failures ?? 0) + 1
    host = (failures, now + Self.pause(after: failures, random: random))
  }

  mutating func refused(_ tag: TagReference) {
    refused.insert(tag)
    waiting[tag] = nil
  }

  /// What is no longer to be done waits for nothing.
  mutating func keep(_ tags: Set<TagReference>) { waiting = waiting.filter { tags.contains($0.key) } }

  /// What it failed for is no more: it may be tried now.
  mutating func release(_ tag: TagReference) {
    waiting[tag] = nil
    refused.remove(tag)
  }

  mutating func beginSweep() { refused = [] }

  mutating func succeeded(_ tag: TagReference) {
    waiting[tag] = nil
    host = nil
  }
}

extension Duration {
  fileprivate func roundedUp(to grid: Duration) -> Duration { grid * Int64((self / grid).rounded(.up)) }
}
