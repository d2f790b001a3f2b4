package import Model

/// What a branch declared over time: whose tags are ours, with which digests, and which removals a person allowed.
/// Built from first-parent commits, oldest first; a merged side counts only for what it allowed.
package struct BranchHistory: Sendable {
  /// One first-parent commit that changed the state path, or carries `Tagkeeper-Allow: prune`.
  package struct Step: Sendable {
    package let commit: CommitID
    /// The committer's.
    package let time: Timestamp
    /// The state from this commit on, read leniently (a key may stand twice); nil where it did not change.
    package let entries: [DesiredState.Entry]?
    /// False where the state could not be read whole, or is not there at all: what it lacks is not removed by it.
    package let isWhole: Bool
    /// False where the state has errors, such as unknown keys: it was never applied.
    package let isValid: Bool
    /// The commit's own message has the line `Tagkeeper-Allow: prune`.
    package let allowsPrune: Bool
    /// What those merged-side commits removed that carry the line themselves.
    package let removalsAllowedByMergedSide: Set<ImageKey>

    package init(
      commit: CommitID, time: Timestamp, entries: [DesiredState.Entry]?, isWhole: Bool = true,
      isValid: Bool = true,
      allowsPrune: Bool = false, removalsAllowedByMergedSide: Set<ImageKey> = []
    ) {
      self.commit = commit
      self.time = time
      self.entries = entries
      self.isWhole = isWhole
      self.isValid = isValid && isWhole
      self.allowsPrune = allowsPrune
      self.removalsAllowedByMergedSide = removalsAllowedByMergedSide
    }
  }

  /// The last removal of an image that is not declared now.
  package struct Removal: Hashable, Sendable {
    package let commit: CommitID
    package var isAllowed: Bool
  }

  /// From a commit on, an image had a digest without a break.
  package struct Generation: Hashable, Sendable {
    package let digest: Digest
    package let commit: CommitID
    /// The commit's.
    package let time: Timestamp
  }

  package struct Image: Hashable, Sendable {
    /// Every digest that was ever declared for it.
    package fileprivate(set) var digests: Set<Digest> = []
    /// Nil while it is declared.
    package fileprivate(set) var removal: Removal?
    /// What is declared now; nil while it is not declared.
    package fileprivate(set) var present: Generation?
    /// The generation before `present`, of the same unbroken declaration.
    package fileprivate(set) var previous: Generation?
    /// What the present unbroken declaration first declared without a hold; nil where it always held the image.
    package fileprivate(set) var firstUnheld: Generation?
    /// The channel of whose branch this is the past; nil for the branch's own.
    package fileprivate(set) var source: String?
  }

  package private(set) var images: [ImageKey: Image] = [:]
  /// True where an empty state at the last step is meant: the commit that last changed the state path, or a later
  /// one, carries the line.
  package private(set) var allowsEmptyState = false
  /// Why commits that were applied beside the chain could not all be read: images may have been declared that are not
  /// known here. Nil where everything is.
  package var missing: String?
  private var declared: Set<ImageKey> = []

  package init() {}

  package mutating func append(_ step: Step) {
    if let entries = step.entries {
      let before = declared
      let removesAny = declare(entries, by: step)
      let isAllowedBySide = removesAny && before.isSubset(of: step.removalsAllowedByMergedSide)
      allowsEmptyState = step.allowsPrune || isAllowedBySide
    }
    guard step.allowsPrune else { return }
    allowsEmptyState = true
    // A commit that changes the state speaks of what it removes alone; another approves what is pending.
    if step.entries == nil { allowEverythingRemoved() }
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

  /// Adds digests of an image that is known.
  mutating func adopt(_ digests: Set<Digest>, of key: ImageKey) { images[key]?.digests.formUnion(digests) }

  /// Forgets the removal of an image: its tag stays as it is.
  mutating func spare(_ key: ImageKey) { images[key]?.removal = nil }

  /// Without the removals of `keys`.
  package func sparing(_ keys: some Sequence<ImageKey>) -> BranchHistory {
    var history = self
    for key in keys { history.spare(key) }
    return history
  }

  /// Takes the past of an image from another channel's branch.
  mutating func adopt(_ key: ImageKey, _ image: Image, createdFrom source: String) {
    images[key] = image
    images[key]!.source = source
  }

  /// Returns whether images were removed.
  private mutating func declare(_ entries: [DesiredState.Entry], by step: Step) -> Bool {
    var next: Set<ImageKey> = []
    next.reserveCapacity(entries.count)
    for entry in entries {
      let isFirst = next.insert(entry.key).inserted
      guard step.isValid else {
        // No channel ever applied it: it tells whose digests are ours, and not what was live.
        images[entry.key, default: Image()].digests.insert(entry.digest)
        images[entry.key]!.removal = nil
        continue
      }
      if images[entry.key]?.isDeclared(as: entry) ?? false { continue }
      images[entry.key, default: Image()].declare(entry, by: step, isFirst: isFirst)
    }
    // What was never applied removed nothing: what it lacks is removed by the next that lacks it.
    guard step.isValid else {
      declared.formUnion(next)
      return false
    }
    var removesAny = false
    for key in declared where !next.contains(key) {
      removesAny = true
      let isAllowed = step.allowsPrune || step.removalsAllowedByMergedSide.contains(key)
      images[key]!.remove(Removal(commit: step.commit, isAllowed: isAllowed))
    }
    declared = next
    return removesAny
  }

  private mutating func allowEverythingRemoved() {
    for key in images.keys where images[key]!.removal != nil { images[key]!.removal!.isAllowed = true }
  }
}

extension BranchHistory.Image {
  /// True where `entry` adds nothing to what is known.
  fileprivate func isDeclared(as entry: DesiredState.Entry) -> Bool {
    present?.digest == entry.digest && (firstUnheld != nil || entry.hold != nil)
  }

  /// - Parameter isFirst: false for a further entry of the same state, which old files may have: which was live then
  ///   can't be known, and the first one counts.
  fileprivate mutating func declare(
    _ entry: DesiredState.Entry, by step: BranchHistory.Step, isFirst: Bool
  ) {
    digests.insert(entry.digest)
    removal = nil
    guard isFirst else { return }
    let generation = BranchHistory.Generation(digest: entry.digest, commit: step.commit, time: step.time)
    if present?.digest != entry.digest { (previous, present) = (present, generation) }
    if firstUnheld == nil, entry.hold == nil { firstUnheld = generation }
  }

  fileprivate mutating func remove(_ removal: BranchHistory.Removal) {
    (self.removal, present, previous, firstUnheld) = (removal, nil, nil, nil)
  }
}
