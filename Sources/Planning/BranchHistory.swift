package import Model

/// What a branch declared over time: whose tags are ours, with which digests, and which removals a person allowed.
/// Built from first-parent commits, oldest first; a merged side counts only for what it allowed.
package struct BranchHistory: Sendable {
  /// One first-parent commit that changed the state path, or carries `Tagkeeper-Allow: prune`.
  package struct Step: Sendable {
    package let commit: CommitID
    /// The state from this commit on, read leniently (a key may stand twice); nil where it did not change.
    package let entries: [DesiredState.Entry]?
    /// The commit's own message has the line `Tagkeeper-Allow: prune`.
    package let allowsPrune: Bool
    /// What those merged-side commits removed that carry the line themselves.
    package let removalsAllowedByMergedSide: Set<ImageKey>

    package init(
      commit: CommitID, entries: [DesiredState.Entry]?, allowsPrune: Bool = false,
      removalsAllowedByMergedSide: Set<ImageKey> = []
    ) {
      self.commit = commit
      self.entries = entries
      self.allowsPrune = allowsPrune
      self.removalsAllowedByMergedSide = removalsAllowedByMergedSide
    }
  }

  /// The last removal of an image that is not declared now.
  package struct Removal: Hashable, Sendable {
    package let commit: CommitID
    package var isAllowed: Bool
  }

  package struct Image: Hashable, Sendable {
    /// Every digest that was ever declared for it.
    package fileprivate(set) var digests: Set<Digest> = []
    /// Nil while it is declared.
    package fileprivate(set) var removal: Removal?
  }

  package private(set) var images: [ImageKey: Image] = [:]
  /// True where an empty state at the last step is meant: the commit that last changed the state path, or a later
  /// one, carries the line.
  package private(set) var allowsEmptyState = false
  private var declared: Set<ImageKey> = []

  package init() {}

  package mutating func append(_ step: Step) {
    var removesAny = false
    if let entries = step.entries {
      let before = declared
      removesAny = declare(entries, by: step)
      let isAllowedBySide = removesAny && before.isSubset(of: step.removalsAllowedByMergedSide)
      allowsEmptyState = step.allowsPrune || isAllowedBySide
    }
    guard step.allowsPrune else { return }
    allowsEmptyState = true
    // A commit that removes something speaks of that alone; one that removes nothing approves what is pending.
    if !removesAny { allowEverythingRemoved() }
  }

  /// Adds what commits declared that this channel applied and that the branch's chain no longer has: a branch that was
  /// rewound and accepted, or fast-forwarded to the other side of a merge. What is not declared now counts as removed by
  /// `commit`: where the accepted commit is on the chain, call this right after its step, with `everywhere`.
  package mutating func adopt(
    _ offChain: [ImageKey: Set<Digest>], removedBy commit: CommitID, isAllowed: Bool, everywhere: Bool
  ) {
    for (key, digests) in offChain {
      let isNew = images[key] == nil
      images[key, default: Image()].digests.formUnion(digests)
      guard !declared.contains(key), isNew || everywhere else { continue }
      images[key]!.removal = Removal(commit: commit, isAllowed: isAllowed)
    }
  }

  /// Returns whether images were removed.
  private mutating func declare(_ entries: [DesiredState.Entry], by step: Step) -> Bool {
    var next: Set<ImageKey> = []
    next.reserveCapacity(entries.count)
    for entry in entries {
      next.insert(entry.key)
      let isKnown = images[entry.key].map { $0.removal == nil && $0.digests.contains(entry.digest) } ?? false
      if isKnown { continue }
      images[entry.key, default: Image()].digests.insert(entry.digest)
      images[entry.key]!.removal = nil
    }
    var removesAny = false
    for key in declared where !next.contains(key) {
      removesAny = true
      let isAllowed = step.allowsPrune || step.removalsAllowedByMergedSide.contains(key)
      images[key]!.removal = Removal(commit: step.commit, isAllowed: isAllowed)
    }
    declared = next
    return removesAny
  }

  private mutating func allowEverythingRemoved() {
    for key in images.keys where images[key]!.removal != nil { images[key]!.removal!.isAllowed = true }
  }
}
