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

  /// The provenance of each step of `target`, a field of an image on the branch that rollouts land on.
  func provenances<Value>(
    of target: FieldPast<Value>, from sourcePast: FieldPast<Value>
  ) -> [Provenance] {
    target.steps.indices.map { provenance(ofStep: $0, in: target, from: sourcePast) }
  }

  private func provenance<Value>(
    ofStep index: Int, in target: FieldPast<Value>, from sourcePast: FieldPast<Value>
  ) -> Provenance {
    let step = target.steps[index]
    let commit = step.change.commit
    // The branches share this part of their past.
    if source.position(of: commit.id) != nil { return .rollout }
    if let brought = commit.brings.compactMap(source.position).max(),
      sourcePast.had(step.value, atOrBefore: brought)
    {
      return .rollout
    }
    if let value = step.value {
      if index == 0 { return .rollout }
      if target.had(value, before: index) { return .rollback }
      return sourcePast.steps.contains { $0.value == value && $0.time <= step.time } ? .rollout : .hotfix
    }
    // A removal without a trailer: the other branch had made it, or somebody takes back an addition.
    return sourcePast.lastStep(by: step.time).map { $0.value == nil } == true ? .rollout : .rollback
  }
}

extension FieldPast {
  /// Whether it was declared so up to a position of the chain. What was never declared was never removed.
  fileprivate func had(_ value: Value?, atOrBefore position: Int) -> Bool {
    steps.contains { $0.value == value && $0.position <= position }
  }

  fileprivate func lastStep(by time: Timestamp) -> Step? { steps.last { $0.time <= time } }
}
