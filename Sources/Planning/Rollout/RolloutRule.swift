/// Why a rollout takes what the source branch declares, or leaves what the target has.
package enum RolloutReason: Hashable, Sendable {
  /// The target's last change was a rollout's too.
  case rollout
  /// The source declared something newer than what people did on the target.
  case supersedes(Provenance)
  /// `--only` names the image, which else were kept.
  case chosen
  /// The entry of a branch says why.
  case held(String, onSource: Bool)
  /// `--hold` names it.
  case heldByOption
  /// `--only` does not.
  case notChosen
  /// What the source declares was live, and a rollback took it back.
  case rolledBack(BranchTimeline.Commit)
  /// A hotfix took the place of what the source declares, or is newer.
  case hotfix(BranchTimeline.Commit)
  /// The source removed it, and people changed it on the target.
  case hotfixOfRemoved
  /// The source never declared it.
  case onlyOnTarget
  /// The source has not declared it for long enough.
  case soaking
}

/// Whether one field of one image follows the source branch.
enum FieldDecision: Hashable {
  case same
  case take(RolloutReason)
  case keep(RolloutReason)
}

extension FieldDecision {
  /// The rule of section 6 without its holds: the first row that holds decides.
  /// - Parameters:
  ///   - source: With the value to roll out as its last.
  ///   - brought: By position on the target, up to where on the source it is known to have seen it.
  ///   - isChosen: `--only` names the image.
  init<Value>(
    source: FieldPast<Value>, target: FieldPast<Value>, provenances: [Provenance], brought: [Int],
    isChosen: Bool
  ) {
    guard source.current != target.current else {
      self = .same
      return
    }
    let kept = Self.keptReason(source: source, target: target, provenances: provenances, brought: brought)
    switch kept {
    case nil:
      let last = provenances.last ?? .rollout
      self = .take(last == .rollout ? .rollout : .supersedes(last))
    case .some(let reason): self = isChosen && reason != .onlyOnTarget ? .take(.chosen) : .keep(reason)
    }
  }

  private static func keptReason<Value>(
    source: FieldPast<Value>, target: FieldPast<Value>, provenances: [Provenance], brought: [Int]
  ) -> RolloutReason? {
    let wanted = source.current
    if wanted == nil, source.steps.isEmpty { return .onlyOnTarget }
    guard let last = provenances.last, last != .rollout else { return nil }
    let declaration = source.steps.last!
    /// What the target had brought by then was declared before, whatever the clocks say.
    func isDeclared(_ declaration: FieldPast<Value>.Step, before step: FieldPast<Value>.Step) -> Bool {
      declaration.position <= brought[step.position] || declaration.time <= step.time
    }
    // What was here and was declared there once was declared before: no clock makes it new. Of a hotfix that the source
    // takes up after its rollback the branches show nothing else: it stays out too.
    let isDeclaredOnce = wanted != nil && source.steps.count { $0.value == wanted } == 1
    // What people dropped, newest first.
    for index in provenances.indices.reversed()
    where provenances[index] != .rollout && target.value(before: index) == wanted
      && (isDeclaredOnce || isDeclared(declaration, before: target.steps[index]))
    {
      let commit = target.steps[index].change.commit
      return provenances[index] == .rollback ? .rolledBack(commit) : .hotfix(commit)
    }
    if wanted == nil {
      // Where the source once declared what people put here, it knew of it when it removed the image.
      let knew = source.steps.indices.dropLast().contains {
        source.steps[$0].value == target.current
          && !isDeclared(source.steps[$0 + 1], before: target.steps.last!)
      }
      return knew ? nil : .hotfixOfRemoved
    }
    if last == .rollback || !isDeclared(declaration, before: target.steps.last!) { return nil }
    return .hotfix(target.steps.last!.change.commit)
  }
}
