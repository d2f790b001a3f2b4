import Model
import Planning

extension PlanInput {
  /// - Parameters:
  ///   - record: what the journal knows of the channel.
  ///   - neighbours: the channels beside it: what they declare among the tags that this one could make.
  init(
    _ target: Target, template: TagTemplate, observed: [TagReference: Observation],
    settled: [TagReference: Digest], prune: PruneInput, after record: JournalRecord.Channel?,
    beside neighbours: [Neighbour]
  ) {
    self.init(
      declared: target.declared, template: template, observed: observed, settled: settled, prune: prune)
    created = record?.created ?? []
    for neighbour in neighbours {
      if !neighbour.isWhole {
        unreadChannels.append(.init(channel: neighbour.settings.name, template: neighbour.settings.template))
      }
      for entry in neighbour.declared?.entries ?? [] where template.couldMake(entry.tag) {
        declaredElsewhere[entry.reference] = .init(channel: neighbour.settings.name, digest: entry.digest)
      }
    }
  }
}

extension Plan {
  /// The plan for a channel's tags and for its keep tags.
  init(
    _ input: PlanInput, _ keep: KeepTags, beside neighbours: [Neighbour],
    observed: (TagReference) -> Observation?
  ) {
    let plan = Plan(input)
    let kept = keep.changes(beside: neighbours, observed: observed)
    self.init(changes: plan.changes + kept, inSync: plan.inSync)
  }
}

extension PruneInput {
  init(_ reading: HistoryReading?, after record: JournalRecord.Channel?, tombstones: Set<Digest>) {
    self.init(
      history: reading?.history, historyGap: reading?.gap,
      appliedImages: reading.flatMap { record?.images(before: $0.tip) }, tombstones: tombstones)
  }
}

extension HistoryRequest {
  init(_ tip: CommitID, _ record: JournalRecord.Channel?) {
    // With the tip, so that applying it doesn't make another request.
    self.init(tip: tip, applied: (record?.everApplied ?? []).union([tip]), accepted: record?.accepted)
  }
}

/// Why a state that declares nothing holds the pass; nil where it declares something, or a person allowed it.
func emptyStateHold(_ target: Target, _ reading: HistoryReading?) -> String? {
  guard target.state.entries.isEmpty else { return nil }
  let hold = "the state declares no image"
  if let gap = reading?.gap { return "\(hold), and \(gap)" }
  if reading?.history.allowsEmptyState == true { return nil }
  if reading?.history.images.isEmpty == true {
    return "\(hold) yet: add one with tagkeeper set --repository NAME IMAGE DIGEST, and commit it"
  }
  return "\(hold): if that is meant, land a commit with the line \(allowPruneLine) (an empty one will do)"
}

/// Why the whole pass is held: no tag was answered for, which is one fact and not hundreds. Nil where some were.
func unreachableHold(_ answers: [TagReference: Observation]) -> String? {
  var first: (tag: TagReference, message: String)?
  for (tag, answer) in answers {
    guard case .unknown(let failure) = answer else { return nil }
    if first == nil || tag < first!.tag { first = (tag, failure.message) }
  }
  return first?.message
}
