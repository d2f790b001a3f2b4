package import Model

/// The second tag of one generation of an image: it keeps the digest alive for a rollback, and is never moved or deleted.
package struct KeepTag: Hashable, Sendable {
  package let key: ImageKey
  package let tag: TagName
  package let digest: Digest
  /// The image's last generation, not the present one: where the registry collected it, nobody misses its tag.
  package let isPast: Bool

  package var reference: TagReference { TagReference(key.repository, tag) }

  /// The keep tags of what a channel declares now, and of the generation before it, which a rollback needs; ascending by
  /// repository and tag.
  /// - Parameters:
  ///   - state: The images that the branch declares; what its history does not know the generation of has none.
  ///   - created: The images that another channel's branch brings.
  /// - Throws: `InvalidValue` where a tag exceeds 128 characters.
  package static func tags(
    of state: DesiredState, _ history: BranchHistory, created: [CreateFrom.Created], template: KeepTemplate
  ) throws(InvalidValue) -> [KeepTag] {
    var tags: [KeepTag] = []
    func add(_ key: ImageKey, _ generation: BranchHistory.Generation, isPast: Bool) throws(InvalidValue) {
      let tag = try template.tag(for: key.image, since: generation.time, generation.commit)
      tags.append(KeepTag(key: key, tag: tag, digest: generation.digest, isPast: isPast))
    }
    for entry in state.entries {
      guard let image = history.images[entry.key], let present = image.present,
        present.digest == entry.digest
      else { continue }
      try add(entry.key, present, isPast: false)
      if let previous = image.previous { try add(entry.key, previous, isPast: true) }
    }
    for image in created { try add(image.key, image.generation, isPast: false) }
    return unique(tags)
  }

  /// Two generations make one tag where their commits' ids begin alike: the earlier one has it.
  private static func unique(_ tags: [KeepTag]) -> [KeepTag] {
    let sorted = tags.sorted { ($0.reference, $0.isPast ? 0 : 1) < ($1.reference, $1.isPast ? 0 : 1) }
    var seen: Set<TagReference> = []
    return sorted.filter { seen.insert($0.reference).inserted }
  }

  /// What has to happen to it; nil where it is as it should be, or its state is not known yet.
  /// - Parameter declarer: The channel that declares the very tag; nil where none does.
  package func change(observed: Observation?, declaredBy declarer: String? = nil) -> Change? {
    guard let observed else { return nil }
    func change(_ action: Change.Action, _ reason: String? = nil) -> Change {
      Change(
        key: key, tag: tag, action: action, from: observed.digest, to: digest, cause: .keep, reason: reason)
    }
    if observed.digest == digest { return nil }
    if let declarer {
      return change(.held, "channel \(declarer) declares this tag: change the template of keep")
    }
    switch observed {
    case .absent: return change(.create)
    case .unknown(let failure): return change(.blocked, failure.message)
    case .present(let other):
      return change(
        .held,
        "a keep tag is never moved, and this one has \(other.short): where no rollback needs that, delete it by hand"
      )
    }
  }
}
