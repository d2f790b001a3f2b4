package import Model

/// What a rollout does with one image.
package struct RolloutVerdict: Hashable, Sendable {
  package enum Action: String, Hashable, Sendable {
    case add, move, remove
    /// The digest stays, and holds or end-of-life days follow the source.
    case fields
    /// The source declares something else, and it is left.
    case keep
    case same
  }

  package let key: ImageKey
  package let action: Action
  /// On the target now; nil where it is not declared.
  package let from: Digest?
  /// What the source declares, or what of it has soaked; nil where it does not declare the image.
  package let to: Digest?
  /// Nil where there was nothing to decide.
  package let reason: RolloutReason?
}

/// What `tagkeeper cut` was asked for.
package struct RolloutOptions: Sendable {
  /// Images that stay as the target has them.
  package var hold: Set<ImageKey>
  /// Nothing but these; they also come where a rollback or hotfix else kept them. Nil for all.
  package var only: Set<ImageKey>?
  package var soak: Soak?

  package init(hold: Set<ImageKey> = [], only: Set<ImageKey>? = nil, soak: Soak? = nil) {
    self.hold = hold
    self.only = only
    self.soak = soak
  }
}

/// How long the source must have declared a digest before it rolls out.
package struct Soak: Sendable {
  /// For how long the source's commits declared a digest, without a break.
  package struct Declaration: Hashable, Sendable {
    package let key: ImageKey
    package let digest: Digest
    package let time: Timestamp
    /// Of the commits on the source's chain.
    package let positions: Range<Int>
  }

  /// What was declared later than this has not soaked.
  package let until: Timestamp
  /// Since when a digest's tag is known to be right; nil where it never was.
  package let since: @Sendable (Declaration) -> Timestamp?

  package init(
    until: Timestamp, since: @escaping @Sendable (Declaration) -> Timestamp? = { $0.time }
  ) {
    self.until = until
    self.since = since
  }
}
