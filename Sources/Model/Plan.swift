/// The changes from what a registry has to what a channel declares.
package struct Plan: Hashable, Sendable {
  /// Ascending by repository and tag.
  package var changes: [Change]
  /// How many declared tags already have their digest.
  package var inSync: Int

  package init(changes: [Change], inSync: Int) {
    self.changes = changes.sorted { $0.reference < $1.reference }
    self.inSync = inSync
  }

  package static let empty = Plan(changes: [], inSync: 0)

  /// What is to be done.
  package var summary: Summary {
    var summary = Summary(inSync: inSync)
    for change in changes { summary.count(change) }
    return summary
  }

  /// What was done: a change without an outcome was not begun, or its image is being copied.
  package var outcomes: Summary {
    var outcomes = Summary(inSync: inSync)
    for change in changes {
      guard change.isToBeDone, change.outcome == nil else {
        outcomes.count(change)
        continue
      }
      if change.isBeingCopied { outcomes.copying += 1 } else { outcomes.notBegun += 1 }
    }
    return outcomes
  }

  /// Counts by action; a change that failed counts as failed alone.
  package struct Summary: Hashable, Sendable {
    package var create: Int
    package var move: Int
    package var delete: Int
    package var blocked: Int
    package var held: Int
    package var failed: Int
    /// Changes that an apply did not come to: it was interrupted, or its host takes no writes.
    package var notBegun: Int
    /// Changes whose images are being copied: a pass that comes after the copy makes them.
    package var copying: Int
    package var inSync: Int

    package init(
      create: Int = 0, move: Int = 0, delete: Int = 0, blocked: Int = 0, held: Int = 0, failed: Int = 0,
      notBegun: Int = 0, copying: Int = 0, inSync: Int = 0
    ) {
      self.create = create
      self.move = move
      self.delete = delete
      self.blocked = blocked
      self.held = held
      self.failed = failed
      self.notBegun = notBegun
      self.copying = copying
      self.inSync = inSync
    }

    mutating func count(_ change: Change) {
      guard change.outcome != .failed else { return failed += 1 }
      switch change.action {
      case .create: create += 1
      case .move: move += 1
      case .delete: delete += 1
      case .blocked: blocked += 1
      case .held: held += 1
      }
    }

    /// Changes that an `apply` would make.
    package var pending: Int { create + move + delete }
    /// True where something needs a person: exit status 1.
    package var needsAttention: Bool { blocked + held + failed + notBegun > 0 }
  }
}
