/// One line of a plan: what has to happen, or may not happen, to one tag.
package struct Change: Hashable, Sendable {
  package enum Action: String, Sendable { case create, move, delete, blocked, held }
  package enum Cause: String, Sendable {
    case commit, drift
    case createFrom = "create-from"
    case prune, keep
  }
  package enum Outcome: String, Sendable { case applied, failed }
  /// Why a change that could be made is held all the same.
  package enum Restraint: Sendable {
    case suspended
    /// Drift, on a channel that only tells of it.
    case reported
    /// Drift that comes back whenever it is healed.
    case resting
  }

  package let key: ImageKey
  package let tag: TagName
  package var action: Action
  /// The digest that the tag has now; nil where it is absent or unknown.
  package var from: Digest?
  /// The digest that it is to have; nil for a deletion.
  package var to: Digest?
  package var cause: Cause
  /// The place that has the digest where the tag's repository lacks it: it is copied from there first.
  package var copiedFrom: String?
  /// Why it is blocked or held, why it failed, or what it waits for.
  package var reason: String?
  package var restraint: Restraint?
  /// Nil in a plan.
  package var outcome: Outcome?
  /// Its image is being copied beside the passes: one that comes after the copy makes the change. Never in a plan.
  package var isBeingCopied = false

  package init(
    key: ImageKey, tag: TagName, action: Action, from: Digest?, to: Digest?, cause: Cause,
    copiedFrom: String? = nil, reason: String? = nil, outcome: Outcome? = nil
  ) {
    self.key = key
    self.tag = tag
    self.action = action
    self.from = from
    self.to = to
    self.cause = cause
    self.copiedFrom = copiedFrom
    self.reason = reason
    self.outcome = outcome
  }

  /// True for what a pass makes, and not only reports.
  package var isToBeDone: Bool { isPut || action == .delete }
  /// A tag is to be put to a digest.
  package var isPut: Bool { action == .create || action == .move }

  package var reference: TagReference { TagReference(key.repository, tag) }
}
