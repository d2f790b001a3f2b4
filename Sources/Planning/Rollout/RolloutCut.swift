package import Model

/// A rollout: per image what comes from the source branch and what stays, and the state that this makes of the target.
/// A pure function of both branches' pasts.
package struct RolloutCut: Sendable {
  /// Every image that either branch declares, ascending.
  package let verdicts: [RolloutVerdict]
  /// What the target declares once the cut has landed.
  package let state: DesiredState

  package init(
    from source: BranchTimeline, state sourceState: DesiredState,
    onto target: BranchTimeline, state targetState: DesiredState,
    _ options: RolloutOptions = RolloutOptions()
  ) {
    let judge = Judge(source: source, target: target, options: options)
    var verdicts: [RolloutVerdict] = []
    var entries: [DesiredState.Entry] = []
    forEachKey(sourceState, targetState) { key, wanted, present in
      let (verdict, entry) = judge.verdict(key, wanted, present)
      verdicts.append(verdict)
      if let entry { entries.append(entry) }
    }
    self.verdicts = verdicts
    state = DesiredState(ascending: entries)
  }

  package func count(_ action: RolloutVerdict.Action) -> Int { verdicts.count { $0.action == action } }

  /// Nothing comes: there is no commit to make.
  package var isEmpty: Bool { verdicts.allSatisfy { $0.action == .same || $0.action == .keep } }
}

private struct Judge {
  let source: BranchTimeline
  let target: BranchTimeline
  let options: RolloutOptions
  let provenance: ProvenanceReader
  let brought: [Int]

  init(source: BranchTimeline, target: BranchTimeline, options: RolloutOptions) {
    self.source = source
    self.target = target
    self.options = options
    provenance = ProvenanceReader(source: source, target: target)
    brought = target.broughtPositions(from: source)
  }

  /// The verdict, and the target's entry after the cut; nil for none.
  func verdict(
    _ key: ImageKey, _ wanted: DesiredState.Entry?, _ present: DesiredState.Entry?
  ) -> (RolloutVerdict, DesiredState.Entry?) {
    func verdict(_ action: RolloutVerdict.Action, _ reason: RolloutReason?, to digest: Digest?)
      -> RolloutVerdict
    {
      RolloutVerdict(key: key, action: action, from: present?.digest, to: digest, reason: reason)
    }
    func kept(_ reason: RolloutReason) -> (RolloutVerdict, DesiredState.Entry?) {
      (verdict(.keep, reason, to: wanted?.digest), present)
    }
    guard wanted?.digest != present?.digest else {
      guard let wanted, let present, optionReason(key) == nil else {
        return (verdict(.same, nil, to: wanted?.digest), present)
      }
      let merged = fields(of: key, wanted, present)
      return (verdict(merged == present ? .same : .fields, nil, to: wanted.digest), merged)
    }
    if let reason = holdReason(key, wanted, present) ?? optionReason(key) { return kept(reason) }
    var past = source.digests(of: key)
    if let soak = options.soak {
      // A removal from before is no longer meant where the source declares the image again.
      guard let soaked = past.soaked(soak, key), soaked.current != nil || wanted == nil,
        soaked.current != present?.digest,
        !past.isAhead(present?.digest, of: soaked)
      else { return kept(.soaking) }
      past = soaked
    }
    let isChosen = options.only?.contains(key) == true
    switch decision(past, whole: source.digests(of: key), target.digests(of: key), isChosen: isChosen) {
    case .keep(let reason): return kept(reason)
    case .same: return (verdict(.same, nil, to: present?.digest), present)
    case .take(let reason):
      // What the source removed never soaks: where there is a digest to take, it declares the image.
      guard let digest = past.current, var entry = wanted else {
        return (verdict(.remove, reason, to: nil), nil)
      }
      entry.digest = digest
      guard let present else { return (verdict(.add, reason, to: digest), entry) }
      return (verdict(.move, reason, to: digest), fields(of: key, entry, present))
    }
  }

  /// A hold on either branch. One that a rollout brought, and that the source took back, is none.
  private func holdReason(
    _ key: ImageKey, _ wanted: DesiredState.Entry?, _ present: DesiredState.Entry?
  ) -> RolloutReason? {
    if let why = wanted?.hold { return .held(why, onSource: true) }
    guard let why = present?.hold else { return nil }
    if wanted != nil, case .take = decision(of: key, \.hold) { return nil }
    return .held(why, onSource: false)
  }

  private func optionReason(_ key: ImageKey) -> RolloutReason? {
    if options.hold.contains(key) { return .heldByOption }
    if let only = options.only, !only.contains(key) { return .notChosen }
    return nil
  }

  /// The wanted entry, of whose other fields each follows the source by the same rule as the digest: what somebody
  /// wrote on the target alone stays until the source says something newer.
  private func fields(
    of key: ImageKey, _ wanted: DesiredState.Entry, _ present: DesiredState.Entry
  ) -> DesiredState.Entry {
    var merged = wanted
    if case .keep = decision(of: key, \.hold) { merged.hold = present.hold }
    if case .keep = decision(of: key, \.eol) { merged.eol = present.eol }
    return merged
  }

  private func decision<Value: Hashable>(
    of key: ImageKey, _ field: (DesiredState.Entry) -> Value?
  ) -> FieldDecision {
    let past = source.past(of: key, field)
    return decision(past, whole: past, target.past(of: key, field))
  }

  /// - Parameter whole: all of the source's past, which tells where the target's changes came from; `past` may end
  ///   where it has soaked.
  private func decision<Value: Hashable>(
    _ past: FieldPast<Value>, whole: FieldPast<Value>, _ targetPast: FieldPast<Value>, isChosen: Bool = false
  ) -> FieldDecision {
    FieldDecision(
      source: past, target: targetPast, provenances: provenance.provenances(of: targetPast, from: whole),
      brought: brought, isChosen: isChosen)
  }
}

extension FieldPast<Digest> {
  /// The past up to the newest value that has soaked and that the branch did not go back from; nil where there is none.
  fileprivate func soaked(_ soak: Soak, _ key: ImageKey) -> FieldPast? {
    let kept = steps.indices.last { index in
      let step = steps[index]
      var since: Timestamp? = step.time
      if let digest = step.value {
        let next = index + 1 < steps.count ? steps[index + 1].position : .max
        since = soak.since(
          .init(key: key, digest: digest, time: step.time, positions: step.position..<next))
      }
      guard let since, max(since, step.time) <= soak.until else { return false }
      return !steps[(index + 1)...].contains { had($0.value, before: index) }
    }
    return kept.map { FieldPast(self, through: $0) }
  }

  /// Whether `digest` was declared after all that `past` has.
  fileprivate func isAhead(_ digest: Digest?, of past: FieldPast) -> Bool {
    guard let digest else { return false }
    return !past.steps.contains { $0.value == digest }
      && steps.dropFirst(past.steps.count).contains { $0.value == digest }
  }
}
