import Model

/// Where a change on the branch that rollouts land on came from (design, section 6).
package enum Provenance: String, Hashable, Sendable {
  /// It brought what the other branch declared.
  case rollout
  /// It went back to what the branch had before.
  case rollback
  /// It declared what neither had.
  case hotfix
}

/// Tells rollouts from rollbacks and hotfixes by what both branches declared; nothing depends on a trailer, which a
/// squash merge or an edited message loses, but where there is one it settles what digests leave open.
struct ProvenanceReader {
  /// Where rollouts come from.
  let source: BranchTimeline
  /// Where they land.
  let target: BranchTimeline

  /// The provenance of each step of a field of an image on the target.
  func provenances<Value>(
    of past: FieldPast<Value>, from sourcePast: FieldPast<Value>
  ) -> [Provenance] {
    past.steps.indices.map { provenance(ofStep: $0, in: past, from: sourcePast) }
  }

  private func provenance<Value>(
    ofStep index: Int, in past: FieldPast<Value>, from sourcePast: FieldPast<Value>
  ) -> Provenance {
    let step = past.steps[index]
    let commit = step.change.commit
    // The branches share this part of their past.
    if source.position(of: commit.id) != nil { return .rollout }
    let brought = source.placements(broughtBy: commit)
    if brought.contains(where: { sourcePast.value(at: $0) == step.value && sourcePast.isKnown(at: $0) }) {
      return .rollout
    }
    // What a branch began with gives way, wherever it is from: that is how production is set up.
    if index == 0, step.position == target.start { return .rollout }
    guard let value = step.value else {
      // The source had removed it, or somebody takes back an addition.
      guard brought.isEmpty else { return .rollback }
      return sourcePast.lastStep(by: step.time).map { $0.value == nil } == true ? .rollout : .rollback
    }
    if past.had(value, before: index) { return .rollback }
    // A cut that says what it brings brings nothing older, unless it had to soak.
    guard brought.isEmpty || commit.isSoaked else { return .hotfix }
    let declared = sourcePast.steps.prefix { $0.time <= step.time }
    guard let last = declared.lastIndex(where: { $0.value == value }) else { return .hotfix }
    // All of it older than something that the branch had: somebody went back to what rollouts had skipped.
    let older = Set(declared[...last].map(\.value))
    let newer = Set(past.steps[..<index].map(\.value)).subtracting(older)
    let isBack = declared[last...].contains { $0.value != nil && newer.contains($0.value) }
    return isBack ? .rollback : .rollout
  }
}

extension FieldPast {
  /// What it was at a position of the chain.
  fileprivate func value(at position: Int) -> Value? { steps.last { $0.position <= position }?.value }

  /// Whether it was ever declared up to there. What was never declared was never removed.
  fileprivate func isKnown(at position: Int) -> Bool { steps.first.map { $0.position <= position } ?? false }

  fileprivate func lastStep(by time: Timestamp) -> Step? { steps.last { $0.time <= time } }
}
