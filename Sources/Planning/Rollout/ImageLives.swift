import Model

/// What an image went through on the branch that rollouts land on: each digest that it was given is a life, and a
/// rollback goes back to an earlier one.
struct ImageLives {
  /// What it could go back to, the present last.
  private(set) var standing: [FieldPast<Digest>.Step] = []
  /// Digests that rollbacks took it away from and that did not come again, each with its rollback.
  private(set) var dropped: [Digest: BranchTimeline.Commit] = [:]
  /// By the position of a change: the rollback that later ended the life which the change began, or went back to.
  private(set) var rollbacks: [Int: BranchTimeline.Commit] = [:]
  /// Of each standing life the positions of the changes that began it or went back to it.
  private var positions: [[Int]] = []

  func isDropped(_ digest: Digest?) -> Bool { digest.map { dropped[$0] != nil } ?? false }

  mutating func append(_ step: FieldPast<Digest>.Step, _ provenance: Provenance) {
    let earlier = provenance == .rollback ? standing.lastIndex { $0.value == step.value } : nil
    if let earlier {
      endLives(above: earlier + 1, by: step.change.commit)
      positions[earlier].append(step.position)
    } else {
      // Before its first life an image was absent: a rollback to that ends all.
      if provenance == .rollback, step.value == nil { endLives(above: 0, by: step.change.commit) }
      standing.append(step)
      positions.append([step.position])
    }
    if let digest = step.value { dropped[digest] = nil }
  }

  private mutating func endLives(above first: Int, by commit: BranchTimeline.Commit) {
    for (life, positions) in zip(standing, positions).dropFirst(first) {
      guard let digest = life.value else { continue }
      dropped[digest] = commit
      for position in positions { rollbacks[position] = commit }
    }
    standing.removeSubrange(first...)
    positions.removeSubrange(first...)
  }
}
