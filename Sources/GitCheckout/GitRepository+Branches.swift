import LinuxSystem
package import Model

extension GitRepository {
  /// Makes the branch `refs/heads/<branch>` at `commit`.
  ///
  /// `git update-ref` runs the repository's `reference-transaction` hook (githooks(5)), which may refuse, and
  /// no other. A reflog is written where the repository keeps them.
  /// - Parameter message: For the reflog.
  /// - Throws: `GitError`: `badRevision`, `branchExists`, `branchLocked`, `branchCheckedOut` where a worktree
  ///   is on that name without a commit yet, `notWritten`, `unreadable`; `CancellationError`, `SystemError`.
  package nonisolated func createBranch(_ branch: String, at commit: CommitID, message: String) async throws {
    try await move(branch, from: nil, to: commit, message)
  }

  /// Moves the branch `refs/heads/<branch>` from `old` to `new`, if it is at `old`: of many at once, one wins.
  ///
  /// A worktree that checks it out in the moment after this looked for one is not seen: its files then show as
  /// changed.
  /// - Parameter message: For the reflog.
  /// - Throws: As `createBranch`, but `branchMoved` for `branchExists`.
  package nonisolated func updateBranch(
    _ branch: String, from old: CommitID, to new: CommitID, message: String
  ) async throws {
    try await move(branch, from: old, to: new, message)
  }

  private nonisolated func move(_ branch: String, from old: CommitID?, to new: CommitID, _ message: String)
    async throws
  {
    let ref = try BranchRef.writable(branch)
    if let worktree = try await worktree(on: branch) {
      throw GitError(
        .branchCheckedOut, "\(path): \(branch) is checked out, or being rebased or bisected, in \(worktree)",
        remedy: "commit there, or switch it to another branch first")
    }
    // An empty old value: it must not exist (git-update-ref(1)).
    let arguments = ["update-ref", "-m", message, ref, new.description, old?.description ?? ""]
    let done = try await run(Self.writing + arguments, as: .identity)
    guard !done.termination.isSuccess else { return }
    let refusal = notWritten(by: "update-ref", done.termination, done.errorOutput)
    // What git says is for people: what is there now tells the cases apart, unless it moved back already.
    let said = String(decoding: done.errorOutput, as: UTF8.self)
    let current = try await target(of: ref)
    if current != old?.description || said.contains(" but expected ") {
      throw Self.lost(path, branch, old, current)
    }
    if said.contains(".lock': File exists") {
      throw GitError(
        .branchLocked, "\(path): another git is writing \(branch), or died while it did",
        remedy: "try again; if no git runs there, remove \(ref).lock")
    }
    if old == nil, said.contains("; cannot create '") {
      throw GitError(
        .branchExists, "\(refusal.problem)",
        remedy: "choose a name that is neither a folder of another nor within one")
    }
    throw refusal
  }

  /// What update-ref compares: the id that `ref` has, a symbolic one through what it stands for.
  private nonisolated func target(of ref: String) async throws -> String? {
    let done = try await run(["for-each-ref", "--format=%(refname) %(objectname)", ref])
    guard done.termination.isSuccess else {
      throw GitError(.unreadable, "\(path): \(ref): \(done.errorOutput.complaints)")
    }
    let lines = done.outputText.split(separator: "\n").map { $0.split(separator: " ") }
    return lines.first { $0.first == ref[...] }.map { String($0[1]) }
  }

  private static func lost(_ path: String, _ branch: String, _ old: CommitID?, _ current: String?) -> GitError
  {
    let place = current.map { "it is at \($0.prefix(12))" } ?? "it is gone"
    guard let old else {
      return GitError(
        .branchExists, "\(path): there is a branch \(branch) already, \(place)",
        remedy: "choose another name")
    }
    return GitError(
      .branchMoved, "\(path): \(branch) moved away from \(old.short) meanwhile, \(place)", remedy: "try again"
    )
  }
}

extension BranchRef {
  /// The full name under which `branch` is written. `HEAD` and `refs/…` would be branches that every git
  /// takes for something else.
  /// - Throws: `GitError.badRevision`.
  fileprivate static func writable(_ branch: String) throws(GitError) -> String {
    let ref = try BranchRef(branch)
    guard branch != "HEAD", !branch.hasPrefix("refs/") else {
      throw GitError(
        .badRevision, "\(branch.quoted) is not a branch that can be written",
        remedy: "write it without refs/heads/, such as main or release/8.0")
    }
    return "refs/heads/\(ref.branch)"
  }
}
