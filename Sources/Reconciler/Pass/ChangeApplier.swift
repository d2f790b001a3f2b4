import Model

/// Carries out creates and moves: as many at once as the registry allows, each standing alone.
struct ChangeApplier: Sendable {
  let registry: any TagWriter
  let interrupt: Interrupt

  /// Writes each change's digest to its tag. `finished` hears of each, in the order in which they end, and may throw to
  /// start no more. A change that was not begun is not heard of: interrupted, or the host takes no writes.
  func apply(_ changes: [Change], finished: (Change, WriteFailure?) async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: (Change, WriteFailure?).self) { group in
      var waiting = changes.makeIterator()
      var health = HostHealth(tolerance: registry.concurrency)
      func startNext() {
        guard !interrupt.isRaised, health.acceptsWrites, let change = waiting.next() else { return }
        group.addTask { [registry] in
          do throws(WriteFailure) {
            try await registry.put(change.to!, at: change.reference)
            return (change, nil)
          } catch {
            return (change, error)
          }
        }
      }
      for _ in 0..<registry.concurrency { startNext() }
      while let (change, failure) = try await group.next() {
        health.note(failure)
        try await finished(change, failure)
        startNext()
      }
    }
  }
}

/// Gives a host up for this pass where it takes no writes, or answers nothing but faults.
struct HostHealth {
  let tolerance: Int
  private var faultsInARow = 0
  private var isReadOnly = false

  init(tolerance: Int) { self.tolerance = tolerance }

  var acceptsWrites: Bool { !isReadOnly && faultsInARow < tolerance }

  mutating func note(_ failure: WriteFailure?) {
    switch failure?.kind {
    case .transient: faultsInARow += 1
    case .hostReadOnly: isReadOnly = true
    case nil, .missing, .refused: faultsInARow = 0
    }
  }
}

extension Change {
  /// The change as it ended. What the registry lacks blocks it; anything else failed.
  func ended(_ failure: WriteFailure?) -> Change {
    var change = self
    switch failure?.kind {
    case nil: change.outcome = .applied
    case .missing:
      change.action = .blocked
      change.reason = failure!.message
    case .refused, .transient, .hostReadOnly:
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
