package import Model

/// Takes what the daemon has to say, in order, at once and without failing.
package protocol EventSink: Sendable {
  func take(_ event: Event)
}

/// What is worth a line in the log. Of a quiet pass there is only `unchanged`.
package enum Event: Hashable, Sendable {
  /// A change was applied or failed, or is newly blocked or held, or so for another reason.
  case change(channel: String, commit: CommitID, Change)
  /// A pass that changed something, or after which its commit is live for the first time.
  case pass(PassReport)
  /// A pass that had nothing to do, or nothing that it could do yet: for those who watch closely.
  case unchanged(PassReport)
  /// A channel's passes are held from now on, or for another reason than before.
  case held(channel: String, reason: String)
  /// A pass ended early after it had changed something.
  case stopped(channel: String, reason: String)
  /// A pass can't go on before something is known, and nothing is wrong.
  case waiting(channel: String, reason: String)
  /// The reason is gone.
  case resumed(channel: String)
  /// Deletions are held, and why.
  case deletionsHeld(channel: String, reason: String)
  /// Nothing is created from another channel, and why.
  case creationsHeld(channel: String, reason: String)
  /// Keep tags wait, and why.
  case keepTagsHeld(channel: String, reason: String)
  /// Tags differ from what was written to them within the last minute: they are asked about once more.
  case suspected(channel: String, [TagReference])
  case accepted(channel: String, CommitID)
  /// What a person suspended of the channel from now on; nothing any more where there is none.
  case suspensions(channel: String, [Suspension])
  /// A copy has gone on for `duration`, and goes on: told once.
  case copying(channel: String, digest: Digest, repository: RepositoryName, duration: Duration)
  /// An image was copied to `repository`: from where, and how many bytes were sent for it.
  case copied(channel: String, ImageCopied)
  /// Branches can't be fetched, why, and how long ago the last of them was; nil where that was never. Told until
  /// the reason changes, after an hour and then once a day; it holds nothing.
  case fetchFailed([String], reason: String, age: Duration?)
  /// All branches can be fetched again, or are known to be gone.
  case fetchResumed(after: Duration)
  /// The remote has no such branch any more, with what to do about it: its channels are held.
  case branchVanished(String, reason: String)
  case branchReturned(String)
  /// Something the operator should know that holds nothing.
  case warning(String)
}

/// One image that was copied, with all that belongs to it.
package struct ImageCopied: Hashable, Sendable {
  package let digest: Digest
  package let repository: RepositoryName
  package let source: String
  /// Bytes of blobs that were sent; what was there, or was taken over within the registry, is not counted.
  package let bytes: Int
  package let duration: Duration
}

/// The outcome of one pass of one channel.
package struct PassReport: Hashable, Sendable {
  package let channel: String
  package let branch: String
  /// What a person named instead of the branch's tip: `--rev`.
  package var revision: String?
  /// Nil where the branch could not be resolved.
  package var commit: CommitID?
  /// Why the whole pass was held; nil where it went on.
  package var error: String?
  package var plan: Plan = .empty
  /// Why nothing can be deleted, nor said of what should be; nil where the branch's whole history is known.
  package var historyGap: String?
  /// Why nothing is created from another channel, and nothing that was is deleted; nil where that is known, or not
  /// configured.
  package var createFromGap: String?
  /// Why keep tags are not made; nil where they are, or not configured.
  package var keepGap: String?
  /// Those in force that concern the channel; nil where they are not known.
  package var suspensions: [Suspension]?
  /// The pass was asked to make way before it knew what to do.
  package var isInterrupted = false
  /// What the pass has to know first, and is on its way: another pass follows when it is known.
  package var awaited: String?
  package var duration: Duration = .zero

  package init(channel: String, branch: String, commit: CommitID? = nil, error: String? = nil) {
    self.channel = channel
    self.branch = branch
    self.commit = commit
    self.error = error
  }
}
