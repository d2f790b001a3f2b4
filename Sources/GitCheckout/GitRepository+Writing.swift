import LinuxSystem
package import Model

extension GitRepository {
  /// Writes a commit that no ref names yet, from git objects alone: working trees, indexes and HEAD stay as
  /// they are, no filter, hook or signing program runs (git-commit-tree(1) knows none).
  /// - Throws: `GitError`: `badText`; `notFound` where what is to be removed is not there; `notRegularFile`
  ///   where a path runs through, or leads to, something else; `noIdentity`, `notWritten`, `unreadable`;
  ///   `CancellationError`, `SystemError`.
  package nonisolated func write(_ draft: CommitDraft) async throws -> CommitID {
    guard !draft.message.utf8.contains(0) else {
      throw GitError(.badText, "\(path): a commit's message can't hold a NUL")
    }
    let tree = try await writeTree(draft.changes, from: draft.start)
    let message = draft.message.hasSuffix("\n") ? draft.message : draft.message + "\n"
    return try await write(tree, parents: draft.parents, message: message, as: .identity)
  }

  /// `git commit-tree` (git-commit-tree(1)).
  nonisolated func write(_ tree: TreeID, parents: [CommitID], message: String, as writer: Writer) async throws
    -> CommitID
  {
    let arguments = ["commit-tree", tree.description] + parents.flatMap { ["-p", $0.description] }
    let id = try await write(arguments, input: Array(message.utf8), as: writer)
    return try CommitID(id)
  }

  /// The whole tree of `commit`.
  /// - Throws: `GitError.unreadable`.
  package func tree(of commit: CommitID) throws(GitError) -> TreeID {
    guard let info = try info("\(commit)^{tree}") else { throw missing("commit \(commit.short)") }
    return TreeID(hex: info.id)
  }

  private nonisolated func writeTree(
    _ changes: [String: CommitDraft.Change], from start: CommitDraft.Start
  ) async throws -> TreeID {
    let base =
      switch start {
      case .commit(let commit): try await tree(of: commit)
      case .tree(let tree): tree
      }
    if changes.isEmpty { return base }
    var removals: [TreePath] = []
    var files: [TreePath: BlobID] = [:]
    for (name, change) in changes.sorted(by: { $0.key < $1.key }) {
      let path = try TreePath(name)
      switch change {
      case .remove: removals.append(path)
      case .write(let bytes):
        // Filters and line endings are for working trees: these are the blob's own bytes.
        let id = try await write(["hash-object", "-w", "--stdin", "--no-filters"], input: bytes)
        guard files.updateValue(BlobID(hex: id), forKey: path) == nil else {
          throw GitError(.badText, "\(self.path): \(path) is named twice")
        }
      }
    }
    return try await write(edited(base, removing: removals, writing: files))
  }

  /// Has one `git mktree` write what `draft` changes. Objects that stay may be missing, as in a partial clone.
  nonisolated func write(_ draft: TreeDraft) async throws -> TreeID {
    let command = program.command(in: path, Self.writing + ["mktree", "-z", "--batch", "--missing"])
    let timeout = program.timeout
    do {
      return try await ChildProcess.converse(with: command) { mktree in
        mktree.allow(timeout)
        let id = try draft.write(to: mktree)
        let termination = try mktree.finish()
        guard let id, termination.isSuccess else {
          throw self.notWritten(by: "mktree", termination, mktree.errorOutput)
        }
        return TreeID(hex: id)
      }
    } catch let error as ChildProcessError {
      throw GitError(error)
    }
  }
}
