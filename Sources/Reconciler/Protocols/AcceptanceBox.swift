package import Model

/// Where a person's `tagkeeper accept` waits for the daemon.
package protocol AcceptanceBox: Sendable {
  /// What was accepted for `channel`; nil where nothing was.
  func acceptance(for channel: String) async -> Acceptance?
  func remove(for channel: String) async
  /// The command that accepts `commit`, to be copied from a message.
  func command(accepting commit: CommitID, for channel: String) -> String
}

/// A person's word that a branch may go on from `commit` although it does not follow `abandoned`. It is good for that
/// one step: an old acceptance never lets a later rewind through.
package struct Acceptance: Hashable, Sendable {
  package let commit: CommitID
  /// The commit that was applied when it was given.
  package let abandoned: CommitID

  package init(commit: CommitID, abandoned: CommitID) {
    self.commit = commit
    self.abandoned = abandoned
  }
}
