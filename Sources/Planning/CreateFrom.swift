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

  /// An image that the source declares and the channel's own branch never did.
  package struct Created: Hashable, Sendable {
    package let key: ImageKey
    /// The first digest that the source's present unbroken declaration had without a hold, since when. What the source
    /// declares next changes neither.
    package let generation: BranchHistory.Generation
  }

  /// The images to create besides what `own`, the channel's whole history, ever declared; ascending by key. An image
  /// that the source holds now is left as it is: not created, and not watched either where it was created before.
  package func created(besides own: BranchHistory) -> [Created] {
    state.entries.compactMap { entry in
      guard entry.hold == nil, own.images[entry.key] == nil,
        let generation = history.images[entry.key]?.firstUnheld
      else { return nil }
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
  /// With what this channel created tags for from `source`: those are its own to delete where `source` removed the image
  /// and this branch never declared it; and a digest of theirs may still stand where the branch declared it later.
  /// - Parameter created: the images whose tags this channel is known to have created. Another's tags are not its own.
  package func owning(_ created: Set<ImageKey>, from source: CreateFrom) -> BranchHistory {
    var history = self
    for key in created {
      guard let image = source.history.images[key] else { continue }
      if images[key] != nil {
        history.adopt([key: image.digests])
      } else if image.removal != nil {
        history.adopt(key, image, createdFrom: source.channel)
      }
    }
    return history
  }
}
