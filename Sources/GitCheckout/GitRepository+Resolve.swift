import LinuxSystem
package import Model

/// A branch, resolved once: afterwards only the commit is used.
package struct ResolvedBranch: Hashable, Sendable {
  package let commit: CommitID
  /// The ref that was found: `refs/heads/main`, `refs/remotes/origin/main`.
  package let ref: String
}

extension GitRepository {
  /// The commit of `refs/heads/<branch>`, else of `refs/remotes/<branch>`; nil where there is neither.
  /// - Throws: `GitError`: `badRevision` for what can't be a branch or is one of something else than a
  ///   commit; `unreadable` where a ref is there but it, or its commit, can't be read.
  package func resolve(_ branch: String) throws(GitError) -> ResolvedBranch? {
    for ref in try BranchRef(branch).candidates {
      if let commit = try commit(of: ref) { return ResolvedBranch(commit: commit, ref: ref) }
    }
    return nil
  }

  /// The commit that a person's text means: `git rev-parse --verify` (gitrevisions(7)).
  /// - Throws: `GitError`: `badRevision` where it means none, or may mean two.
  package nonisolated func resolveRevision(_ text: String) async throws -> CommitID {
    let arguments = [
      "-c", "core.warnAmbiguousRefs=true", "rev-parse", "--verify", "--end-of-options", "\(text)^{commit}",
    ]
    let done = try await run(arguments)
    if done.errorText.contains("is ambiguous") {
      throw GitError(
        .badRevision, "\(path): \(text.quoted) may mean more than one commit",
        remedy: "write all of the commit's id, or refs/heads/… or refs/tags/…")
    }
    guard done.termination.isSuccess, let commit = try? CommitID(done.outputText) else {
      throw GitError(
        .badRevision, "\(path): \(text.quoted) names no commit here",
        remedy: done.errorText.hasSuffix("Needed a single revision")
          ? "check the spelling, or fetch it" : "check the spelling, or fetch it: \(done.errorText)")
    }
    return commit
  }

  /// Whether the repository's configuration has a remote of that name (git-remote(1)).
  /// - Throws: `GitError`, `CancellationError`, `SystemError`.
  package nonisolated func hasRemote(_ name: String) async throws -> Bool {
    try await run(["remote"]).outputText.split(separator: "\n").contains { $0 == name }
  }

  private func commit(of ref: String) throws(GitError) -> CommitID? {
    guard var object = try info(ref), try !isDecoyed(ref) else {
      try checkAbsence(of: ref)
      return nil
    }
    if object.type == "tag" { object = try info("\(object.id)^{commit}") ?? object }
    guard object.type == "commit", let commit = try? CommitID(object.id) else {
      throw GitError(.badRevision, "\(path): \(ref) is a \(object.type), not a commit")
    }
    return commit
  }

  /// Whether git may have answered for another ref, such as the tag `refs/tags/refs/heads/main`.
  private func isDecoyed(_ ref: String) throws(GitError) -> Bool {
    for decoy in BranchRef.decoys(of: ref) where try hasObject(decoy) {
      return try !program.run(in: path, ["show-ref", "--verify", "--quiet", ref]).termination.isSuccess
    }
    return false
  }

  /// "Missing" is what `cat-file` says of a ref that does not exist, of one that can't be read, and of one
  /// whose commit is missing. Only the first is an absence.
  private func checkAbsence(of ref: String) throws(GitError) {
    let done = try program.run(in: path, ["for-each-ref", "--format=%(refname) %(objectname)", ref])
    let isListed = done.outputText.split(separator: "\n").contains { $0.hasPrefix("\(ref) ") }
    let isBroken = done.errorText.contains("ignoring broken ref")
    if done.termination.isSuccess, !isListed, !isBroken { return }
    throw GitError(
      .unreadable,
      "\(path): \(ref) is there, but can't be read\(done.errorText.isEmpty ? "" : ": \(done.errorText)")",
      remedy: "run git fsck there")
  }
}
