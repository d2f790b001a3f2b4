import GitCheckout
import Model
import StateFile

extension GitRepository {
  /// The state files of a commit at the first of `paths` that is there: an older commit may have had another.
  /// - Throws: `CommandFailure`.
  nonisolated func stateTexts(
    atFirstOf paths: [String], in commit: CommitID
  ) async throws(CommandFailure) -> [StateText] {
    do { return try await texts(of: try await files(atFirstOf: paths, in: commit)) } catch {
      throw CommandFailure(error)
    }
  }

  /// The state files of a commit.
  /// - Throws: `CommandFailure`.
  nonisolated func stateTexts(at path: String, in commit: CommitID) async throws(CommandFailure)
    -> [StateText]
  {
    try await stateTexts(atFirstOf: [path], in: commit)
  }

  /// The files with their contents.
  /// - Throws: `GitError`: `tooLarge`, `unreadable`.
  func texts(of files: [TreeFile]) throws(GitError) -> [StateText] {
    try files.map { file throws(GitError) in
      StateText(path: file.path, bytes: try contents(of: file.blob, named: file.path))
    }
  }

  /// - Throws: `GitError` of the first path.
  private func files(atFirstOf paths: [String], in commit: CommitID) throws(GitError) -> [TreeFile] {
    do { return try files(at: paths[0], in: commit) } catch {
      guard error.code == .notFound else { throw error }
      for path in paths.dropFirst() {
        if let files = try? files(at: path, in: commit) { return files }
      }
      throw error
    }
  }
}
