import GitCheckout
import Model
import StateFile

/// A commit that changes what a branch declares, written from git objects alone.
struct StateCommit {
  let repository: GitRepository
  /// Of the commit that it follows.
  let texts: [StateText]
  /// The first is what it follows.
  let parents: [CommitID]
  /// What its other files are; nil for those of its first parent.
  var tree: TreeID?

  /// - Parameter donor: the files from which changed images come with their comments.
  /// - Returns: The commit, which no ref names yet.
  /// - Throws: `CommandFailure`; nothing is changed then.
  func write(
    _ state: DesiredState, following donor: [StateText] = [], message: String
  ) async throws(CommandFailure) -> CommitID {
    do {
      let changed = try StateText.rewriting(texts, to: state, donor: donor)
      let changes = changed.map { ($0.path, CommitDraft.Change.write($0.bytes)) }
      return try await repository.write(
        CommitDraft(
          parents: parents, start: tree.map { .tree($0) } ?? .commit(parents[0]),
          changes: Dictionary(uniqueKeysWithValues: changes), message: message))
    } catch {
      throw CommandFailure(error)
    }
  }
}
