package import Model

extension Plan {
  /// The changes that make the registry equal to what the channel declares.
  package init(_ input: PlanInput) {
    var changes: [Change] = []
    var inSync = 0
    for entry in input.declared.entries {
      if let change = change(for: entry, in: input) { changes.append(change) } else { inSync += 1 }
    }
    self.init(changes: changes + prunes(input), inSync: inSync)
  }
}

/// What a declared tag needs; nil where it is in sync.
private func change(for entry: DeclaredTags.Entry, in input: PlanInput) -> Change? {
  let tag = entry.reference
  let observation = input.observed[tag]
  if observation?.digest == entry.digest { return nil }
  func planned(_ action: Change.Action, _ reason: String? = nil) -> Change {
    let cause: Change.Cause =
      // What stands at a torn tag nobody knows: it is no drift of somebody's making.
      if input.torn.contains(tag) { .commit } else if input.settled[tag] == entry.digest {
        .drift
      } else if entry.isCreated { .createFrom } else {
        .commit
      }
    return Change(
      key: entry.key, tag: entry.tag, action: action, from: observation?.digest, to: entry.digest,
      cause: cause,
      reason: reason)
  }
  if let other = input.declaredElsewhere[tag], other.digest != entry.digest {
    return planned(
      .held, "channel \(other.channel) declares this tag with \(other.digest.short): change one template")
  }
  switch observation {
  case nil, .absent: return planned(.create)
  case .present(let other):
    let isOurs = input.created.contains(entry.key) || input.settled[tag] == entry.digest
    guard !entry.isCreated || isOurs || input.prune.tombstones.contains(other) else {
      return planned(
        .held,
        "foreign digest \(other.short): the tag was there before this channel created it; delete it by hand, or roll the image out"
      )
    }
    return planned(.move)
  case .unknown(let failure):
    return input.torn.contains(tag) ? planned(.move) : planned(.blocked, failure.message)
  }
}
