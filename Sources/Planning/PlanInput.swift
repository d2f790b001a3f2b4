package import Model

/// Everything that a channel's plan depends on. Planning is a pure function of it.
package struct PlanInput: Sendable {
  package var declared: DeclaredTags
  package var template: TagTemplate
  /// The last answer for each tag that was asked about. A declared tag without one is written unseen; a removed one
  /// is left alone, and so is every removed tag whose deletion nobody allowed, until each has one.
  package var observed: [TagReference: Observation]
  /// The digest with which each tag was last known to be in sync: a tag that left it drifted.
  package var settled: [TagReference: Digest]
  /// Tags that answered 5xx for so long, while others answered, that only a write can mend them.
  package var torn: Set<TagReference> = []
  /// What other channels of this configuration declare, by tag.
  package var declaredElsewhere: [TagReference: OtherDeclaration] = [:]
  /// Channels whose state has never been read: what they declare is unknown, so it is not deleted.
  package var unreadChannels: [UnreadChannel] = []
  /// The images whose tags this channel is known to have created from another's branch.
  package var created: Set<ImageKey> = []
  package var prune: PruneInput

  package struct UnreadChannel: Hashable, Sendable {
    package let channel: String
    package let template: TagTemplate

    package init(channel: String, template: TagTemplate) {
      self.channel = channel
      self.template = template
    }
  }

  package struct OtherDeclaration: Hashable, Sendable {
    package let channel: String
    package let digest: Digest

    package init(channel: String, digest: Digest) {
      self.channel = channel
      self.digest = digest
    }
  }

  package init(
    declared: DeclaredTags, template: TagTemplate, observed: [TagReference: Observation],
    settled: [TagReference: Digest] = [:], prune: PruneInput
  ) {
    self.declared = declared
    self.template = template
    self.observed = observed
    self.settled = settled
    self.prune = prune
  }
}

/// What deletions depend on, beside the tags.
package struct PruneInput: Sendable {
  /// Nil while it is being read.
  package var history: BranchHistory?
  /// Why history can't be trusted to be whole (a shallow clone, still being read): deletes are held.
  package var historyGap: String?
  /// How many images the commit applied before this one declared; nil on a channel's first pass, which holds every
  /// delete.
  package var appliedImages: Int?
  /// Digests of tombstones that this state directory has put on tags.
  package var tombstones: Set<Digest> = []

  package init(
    history: BranchHistory?, historyGap: String? = nil, appliedImages: Int?, tombstones: Set<Digest> = []
  ) {
    self.history = history
    self.historyGap = historyGap
    self.appliedImages = appliedImages
    self.tombstones = tombstones
  }
}
