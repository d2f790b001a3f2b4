import Model

/// The deletions that the branch's removals ask for, each either to be made, or held or blocked with its reason.
func prunes(_ input: PlanInput) -> [Change] {
  guard let history = input.prune.history else { return [] }
  var candidates: [Prune] = []
  var isEachObserved = true
  for (key, image) in history.images {
    guard let removal = image.removal, let tag = input.removedTag(of: key) else { continue }
    guard let observation = input.observed[tag] else {
      isEachObserved = false
      continue
    }
    guard let prune = Prune(key, tag, observation, image, removal, in: input) else { continue }
    candidates.append(prune)
  }
  // A template without {image} makes one tag of several images: any of them may speak for it.
  candidates.sort { ($0.change.reference, $0.change.rank) < ($1.change.reference, $1.change.rank) }
  var seen: Set<TagReference> = []
  candidates = candidates.filter { seen.insert($0.change.reference).inserted }
  hold(&candidates, by: input)
  // How many there are to be capped is known only when each was asked about: till then, what nobody allowed waits.
  if !isEachObserved { candidates.removeAll { $0.change.action == .delete && !$0.isAllowed } }
  return candidates.map(\.change)
}

extension PlanInput {
  /// The tag that was made of an image while it was declared; nil where another image or channel makes it now.
  fileprivate func removedTag(of key: ImageKey) -> TagReference? {
    guard let tag = try? template.tag(for: key.image) else { return nil }
    let reference = TagReference(key.repository, tag)
    return declared[reference] == nil && declaredElsewhere[reference] == nil ? reference : nil
  }
}

private struct Prune {
  var change: Change
  let isAllowed: Bool
  /// The channel whose branch removed it; nil for this one's.
  let source: String?

  /// Nil where the tag is absent: there is nothing to delete.
  init?(
    _ key: ImageKey, _ reference: TagReference, _ observation: Observation, _ image: BranchHistory.Image,
    _ removal: BranchHistory.Removal, in input: PlanInput
  ) {
    let tag = reference.tag
    isAllowed = removal.isAllowed
    source = image.source
    func planned(_ action: Change.Action, _ reason: String? = nil) -> Change {
      Change(
        key: key, tag: tag, action: action, from: observation.digest, to: nil, cause: .prune, reason: reason)
    }
    switch observation {
    case .absent: return nil
    case .unknown(let failure): change = planned(.blocked, failure.message)
    case .present(let digest):
      let isOurs = image.digests.contains(digest) || input.prune.tombstones.contains(digest)
      if let unread = input.unreadChannels.first(where: { $0.template.couldMake(tag) }) {
        change = planned(
          .held, "channel \(unread.channel) may declare this tag, and its state could not be read")
      } else if tag.isReferrersTag {
        change = planned(.held, "the tag looks like a referrers tag or a signature: delete it by hand")
      } else if !isOurs {
        change = planned(
          .held, "foreign digest \(digest.short): \(image.owner) never declared it; delete it by hand")
      } else {
        change = planned(.delete)
      }
    }
  }
}

extension Change {
  /// A deletion that may be made goes before one that may not.
  fileprivate var rank: Int { action == .delete ? 0 : 1 }
}

/// What a commit's message needs for its removals to be carried out: a line of this key and value (design, "Guards").
package let allowPrune = (key: "Tagkeeper-Allow", value: "prune")

/// That line, to be copied.
package let allowPruneLine = "\(allowPrune.key): \(allowPrune.value)"

private func hold(_ prunes: inout [Prune], by input: PlanInput) {
  func hold(where applies: (Prune) -> Bool = { _ in true }, _ reason: (Prune) -> String) {
    for index in prunes.indices where prunes[index].change.action == .delete && applies(prunes[index]) {
      prunes[index].change.reason = reason(prunes[index])
      prunes[index].change.action = .held
    }
  }
  if let gap = input.prune.historyGap { return hold { _ in gap } }
  guard let applied = input.prune.appliedImages else {
    return hold { _ in "a channel's first pass deletes nothing: the next one will" }
  }
  let declared = Set(input.declared.entries.map(\.key.repository))
  // What was created from another channel is no reason to believe that the branch still means its repository.
  let own = Set(input.declared.entries.lazy.filter { !$0.isCreated }.map(\.key.repository))
  hold {
    !$0.isAllowed && !($0.source == nil ? own : declared).contains($0.change.key.repository)
  } _: {
    "no image of this repository is declared any more; \($0.approval)"
  }
  let pending = prunes.count {
    !$0.isAllowed && ($0.change.action == .delete || $0.change.action == .blocked)
  }
  let cap = PruneCap.tags(ofImages: applied)
  guard pending > cap else { return }
  hold {
    !$0.isAllowed
  } _: {
    "\(pending) deletions exceed the cap of \(cap) a pass; \($0.approval)"
  }
}

extension Prune {
  /// What a person does who means the removal.
  fileprivate var approval: String {
    let place = source.map { " on the branch of channel \($0)" } ?? ""
    return "to approve, land a commit with the line \(allowPruneLine)\(place) "
      + "and no change of the state (an empty one will do)"
  }
}

extension BranchHistory.Image {
  /// Whose digests it has.
  fileprivate var owner: String { source.map { "channel \($0)'s branch" } ?? "this branch" }
}

/// How many deletions a pass may make that nobody allowed.
package enum PruneCap {
  /// The larger of 10 and 30 % of the images that the applied commit declared.
  package static func tags(ofImages applied: Int) -> Int { max(10, applied * 30 / 100) }
}
