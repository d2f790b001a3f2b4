package import Model

/// A commit that is to be written, by whom git's own rules say (git-commit-tree(1), "Commit information").
package struct CommitDraft: Hashable, Sendable {
  /// The tree that the changes start from; everything that they don't name stays as it is there.
  package enum Start: Hashable, Sendable {
    case commit(CommitID)
    case tree(TreeID)
  }

  package enum Change: Hashable, Sendable {
    /// All of a regular file's bytes. One that exists keeps its mode; a new one is not executable.
    case write([UInt8])
    /// The regular file goes, and with it the folders that are then empty.
    case remove
  }

  /// In order; none for a root commit.
  package var parents: [CommitID]
  package var start: Start
  /// By path from the top of the tree. Removals come first: a folder can take a removed file's place.
  package var changes: [String: Change]
  /// All of it, without the newline at its end.
  package var message: String

  package init(parents: [CommitID], start: Start, changes: [String: Change], message: String) {
    self.parents = parents
    self.start = start
    self.changes = changes
    self.message = message
  }
}
