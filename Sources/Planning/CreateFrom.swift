package import Model

/// The channel whose new images another one creates tags for (design, section 6): what it applied, and its branch's
/// history up to there.
package struct CreateFrom: Sendable {
  package let channel: String
  package let state: DesiredState
  /// Whole: what a gap hides is not known to be new.
  package let history: BranchHistory

  package init(channel: String, state: DesiredState, history: BranchHistory) {
    self.channel = channel
    self.state = state
    self.history = history
  }

  /// An image that the source declares and the channel's own branch does not.
  package struct Created: Hashable, Sendable {
    package let key: ImageKey
    /// The first digest that the source's present unbroken declaration had without a hold, since when. What the source
    /// declares next changes neither.
    package let generation: BranchHistory.Generation
  }

  /// The images to create besides what `own`, the channel's whole history, ever declared; ascending by key. An image
  /// that the source holds now is left as it is: not created, and not watched either where it was created before.
  /// - Parameter again: the images whose tags this channel is known to have created: where the branch took back the
  ///   entry that a rollout brought, they are what they were before it.
  package func created(besides own: BranchHistory, again: Set<ImageKey> = []) -> [Created] {
    state.entries.compactMap { entry in
      let isOwn = own.images[entry.key].map { $0.present != nil || !again.contains(entry.key) } ?? false
      guard !isOwn, entry.hold == nil, let generation = history.images[entry.key]?.firstUnheld else {
        return nil
      }
      return Created(key: entry.key, generation: generation)
    }
  }
}

extension DeclaredTags {
  /// With the tags of `created` too. The branch's own come first: what would make the same tag is left out.
  /// - Throws: `InvalidValue` where a tag exceeds 128 characters.
  package func adding(
    _ created: [CreateFrom.Created], template: TagTemplate
  ) throws(InvalidValue) -> DeclaredTags {
    var entries = entries
    var added: Set<TagReference> = []
    for image in created {
      let entry = Entry(
        key: image.key, tag: try template.tag(for: image.key.image), digest: image.generation.digest,
        isCreated: true)
      guard self[entry.reference] == nil, added.insert(entry.reference).inserted else { continue }
      entries.append(entry)
    }
    return DeclaredTags(sorting: entries)
  }
}

extension BranchHistory {
  /// With what this channel created tags for from `source`: those are its own to delete once `source` removed the image,
  /// and not before; and a digest of theirs may still stand where the branch declared it later.
  /// - Parameter created: the images whose tags this channel is known to have created. Another's tags are not its own.
  package func owning(_ created: Set<ImageKey>, from source: CreateFrom) -> BranchHistory {
    var history = self
    for key in created {
      guard let image = source.history.images[key] else { continue }
      if images[key] != nil {
        history.adopt(image.digests, of: key)
        if image.removal == nil { history.spare(key) }
      } else if image.removal != nil {
        history.adopt(key, image, createdFrom: source.channel)
      }
    }
    return history
  }
}
