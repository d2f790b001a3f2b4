package import Model

/// What a rollback of single images, or of a whole rollout, makes of a branch: a pure function of both branches' pasts.
package struct Rollback: Sendable {
  /// One image that goes back.
  package struct Step: Hashable, Sendable {
    package let key: ImageKey
    package let from: Digest?
    /// Nil where the image is removed: it had nothing before.
    package let to: Digest?
    /// The commit that declared `to`; nil where there is none, or a person named the digest.
    package let declaredBy: BranchTimeline.Commit?
  }

  /// An image of the rollout that stays, because a later commit changed it; it may be back already.
  package struct Kept: Hashable, Sendable {
    package let key: ImageKey
    package let changedBy: BranchTimeline.Commit
  }

  package let steps: [Step]
  package let kept: [Kept]
  /// What the branch declares after it.
  package let state: DesiredState

  package var removals: Int { steps.count { $0.to == nil } }

  fileprivate init(_ changes: [(Step, DesiredState.Entry?)], kept: [Kept], of state: DesiredState) {
    steps = changes.map(\.0).sorted { $0.key < $1.key }
    self.kept = kept.sorted { $0.key < $1.key }
    let replaced = Dictionary(uniqueKeysWithValues: changes.map { ($0.0.key, $0.1) })
    let added = changes.compactMap { state[$0.0.key] == nil ? $0.1 : nil }
    let entries = state.entries.compactMap { entry in replaced[entry.key] ?? entry } + added
    self.state = DesiredState(ascending: entries.sorted { $0.key < $1.key })
  }
}

/// Why a rollback can't be made.
package enum RollbackObjection: Error, Hashable, Sendable {
  /// The branch never declared it.
  case unknown(ImageKey)
  /// It had no other digest that was not rolled back, and it is no new image that could go.
  case nothingBefore(ImageKey)
  /// It has that digest already.
  case alreadyThere(ImageKey)
}

extension BranchTimeline {
  /// Gives each image the digest that it had before, past those that rollbacks already dropped.
  /// - Parameters:
  ///   - source: Where rollouts come from: it tells rollbacks from rollouts.
  ///   - state: What the branch declares now.
  /// - Throws: `RollbackObjection`.
  package func rollingBack(
    _ keys: [ImageKey], from source: BranchTimeline, state: DesiredState
  ) throws(RollbackObjection) -> Rollback {
    var changes: [(Rollback.Step, DesiredState.Entry?)] = []
    for key in keys {
      let lives = lives(of: key, from: source)
      guard let last = lives.standing.last else { throw .unknown(key) }
      // An image that is gone comes back as it was last, whatever took it away.
      let earlier =
        lives.standing.last { $0.value != last.value && !lives.isDropped($0.value) }
        ?? (last.value == nil ? digests(of: key).steps.last { $0.value != nil } : nil)
      // What the branch began with was never added, so it is not taken back either.
      let first = digests(of: key).steps[0]
      let isOriginal =
        earlier == nil && (first.position == start || source.position(of: first.change.commit.id) != nil)
      let isNew = lives.dropped.isEmpty && !isOriginal
      if earlier?.value == nil, last.value == nil || !isNew { throw .nothingBefore(key) }
      let step = Rollback.Step(
        key: key, from: last.value, to: earlier?.value, declaredBy: earlier?.change.commit)
      let before = earlier?.change.entry.map { restored($0, in: state) }
      changes.append((step, before))
    }
    return Rollback(changes, kept: [], of: state)
  }

  /// Gives each image what a person names, by digest or as it stood in an earlier state; nil removes it.
  /// - Throws: `RollbackObjection`.
  package func rollingBack(
    to wanted: [(key: ImageKey, entry: DesiredState.Entry?)], state: DesiredState
  ) throws(RollbackObjection) -> Rollback {
    var changes: [(Rollback.Step, DesiredState.Entry?)] = []
    let different = wanted.filter { state[$0.key]?.digest != $0.entry?.digest }
    if different.isEmpty, let first = wanted.first { throw .alreadyThere(first.key) }
    for (key, entry) in different {
      let present = state[key]
      let step = Rollback.Step(key: key, from: present?.digest, to: entry?.digest, declaredBy: nil)
      changes.append((step, entry.map { restored($0, in: state) }))
    }
    return Rollback(changes, kept: [], of: state)
  }

  /// Takes back what one commit changed, except what later commits changed again.
  package func reverting(_ commit: CommitID, state: DesiredState) -> Rollback {
    var changes: [(Rollback.Step, DesiredState.Entry?)] = []
    var kept: [Rollback.Kept] = []
    for key in images {
      let past = self.changes(of: key)
      guard let index = past.firstIndex(where: { $0.commit.id == commit }) else { continue }
      let (before, after) = (index > 0 ? past[index - 1] : nil, past[index].entry)
      guard before?.entry?.digest != after?.digest else { continue }
      guard state[key]?.digest == after?.digest else {
        kept.append(.init(key: key, changedBy: past.last!.commit))
        continue
      }
      let step = Rollback.Step(
        key: key, from: after?.digest, to: before?.entry?.digest, declaredBy: before?.commit)
      changes.append(
        (step, before?.entry.map { restored($0, in: state) }))
    }
    return Rollback(changes, kept: kept, of: state)
  }

  /// Digests that rollbacks took an image away from and that did not come again, each with its rollback.
  package func rolledBackDigests(of key: ImageKey, from source: BranchTimeline) -> [Digest: Commit] {
    lives(of: key, from: source).dropped
  }

  /// What an image went through and could go back to, the present last: a rollback ends the lives above the one that
  /// it goes back to.
  func lives(of key: ImageKey, from source: BranchTimeline) -> ImageLives {
    let past = digests(of: key)
    let provenances = ProvenanceReader(source: source, target: self).provenances(
      of: past, from: source.digests(of: key))
    var lives = ImageLives()
    for (step, provenance) in zip(past.steps, provenances) { lives.append(step, provenance) }
    return lives
  }

  /// A commit that brought a rollout.
  package struct Landing: Hashable, Sendable {
    package let commit: Commit
    /// The commit says, or its parents show, that it came from the source; else its digests alone do.
    package let isTold: Bool
    /// The images that still are as it left them.
    package fileprivate(set) var standing: [ImageKey]
  }

  /// The commits that brought rollouts, newest first.
  package func rollouts(from source: BranchTimeline) -> [Landing] {
    let reader = ProvenanceReader(source: source, target: self)
    var landings: [Int: Landing] = [:]
    for key in images where !source.changes(of: key).isEmpty {
      let past = digests(of: key)
      let provenances = reader.provenances(of: past, from: source.digests(of: key))
      // The revert of a rollback makes the rollout stand again.
      let standingIndex = past.steps.indices.last {
        provenances[$0] == .rollout && past.steps[$0].value == past.current
      }
      for (index, step) in past.steps.enumerated()
      where provenances[index] == .rollout && source.position(of: step.change.commit.id) == nil
        && step.position != start
      {
        let commit = step.change.commit
        let isTold = !source.placements(broughtBy: commit).isEmpty
        let standing = index == standingIndex ? [key] : []
        landings[step.position, default: Landing(commit: commit, isTold: isTold, standing: [])].standing +=
          standing
      }
    }
    return landings.sorted { $0.key > $1.key }.map(\.value)
  }

  /// The present entry with an earlier digest; one that is removed now comes back as it was.
  private func restored(_ earlier: DesiredState.Entry, in state: DesiredState) -> DesiredState.Entry {
    var entry = state[earlier.key] ?? earlier
    entry.digest = earlier.digest
    return entry
  }
}
