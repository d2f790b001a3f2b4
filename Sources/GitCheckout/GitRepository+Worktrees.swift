import LinuxSystem

extension GitRepository {
  /// The worktree that has the branch checked out, or that is in the middle of a rebase or a bisect that goes
  /// back to it: where `git branch -f` refuses, also where that folder is gone. Nil for none; a bare
  /// repository itself is none, its linked worktrees are.
  /// - Returns: The folder's path.
  /// - Throws: `GitError`: `badRevision`, `unreadable`; `CancellationError`, `SystemError`.
  package nonisolated func worktree(on branch: String) async throws -> String? {
    let ref = try await target(ofSymbolic: "refs/heads/\(BranchRef(branch).branch)")
    let done = try await run(["worktree", "list", "--porcelain", "-z"])
    guard done.termination.isSuccess else {
      throw GitError(.unreadable, "\(path): git worktree list: \(done.errorOutput.complaints)")
    }
    let worktrees = Worktree.list(done.output)
    if let found = worktrees.first(where: { $0.ref == ref }) { return found.path }
    let main = worktrees.first.flatMap { $0.isBare ? nil : $0.path }
    return try await worktree(inTheMiddleOf: ref, main: main)
  }

  /// What a HEAD shows that stands on `ref`: through symbolic refs (git-symbolic-ref(1)).
  private nonisolated func target(ofSymbolic ref: String) async throws -> String {
    let done = try await run(["symbolic-ref", "--quiet", ref])
    return done.termination.isSuccess ? done.outputText : ref
  }

  /// Reads files, on the actor's thread.
  private func worktree(inTheMiddleOf ref: String, main: String?) throws(GitError) -> String? {
    if let main, try WorktreeState(commonDirectory).refs().contains(ref) { return main }
    for folder in try WorktreeState.linked(in: commonDirectory) where try folder.refs().contains(ref) {
      return folder.worktree
    }
    return nil
  }
}
