import Model

/// When a change that failed may be tried again: exponential, with full jitter (M. Brooker, "Exponential Backoff and
/// Jitter", AWS Architecture Blog).
struct ChangeBackoff {
  static let first: Duration = .seconds(1)
  static let longest: Duration = .seconds(300)
  /// Below this, a jitter near nothing would make a hot loop.
  static let shortest: Duration = .milliseconds(100)

  private var waiting: [TagReference: (failures: Int, until: Duration)] = [:]

  /// The earliest time at which something is due again.
  var nextDue: Duration? { waiting.values.map(\.until).min() }

  func isDue(_ tag: TagReference, at now: Duration) -> Bool { waiting[tag].map { $0.until <= now } ?? true }

  mutating func failed(_ tag: TagReference, at now: Duration, random: Double) {
    let failures = (waiting[tag]?.failures ?? 0) + 1
    let ceiling = min(Self.longest, Self.first * (1 << min(failures - 1, 16)))
    waiting[tag] = (failures, now + max(Self.shortest, ceiling * random))
  }

  mutating func succeeded(_ tag: TagReference) { waiting[tag] = nil }
}
