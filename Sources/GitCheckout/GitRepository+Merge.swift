import LinuxSystem
package import Model

extension GitRepository {
  /// Merges what `base` → `theirs` changed into `ours`, whatever the commits' own history says.
  ///
  /// `git merge-tree --write-tree` (git-merge-tree(1)), which before 2.40 takes the base from history alone:
  /// so it merges two commits on a third that are made for it and that no ref names. It renames as
  /// `git merge` does, and takes attributes as on a clean checkout of `ours`: from its `.gitattributes`,
  /// `info/attributes` and the user's. So a merge driver runs only where they name one and this
  /// machine's configuration defines it; the command is never taken from the repository's content. Filters
  /// and textconv don't run, as nothing is renormalised or shown.
  /// - Parameter paths: Files or folders that are no part of it: `ours` stands, and they never conflict.
  /// - Throws: `GitError`: `gitTooOld` before 2.38; `badText`; `notRegularFile` where a side has a file in the
  ///   place of a folder of `paths`; `notWritten`, `unreadable`; `CancellationError`, `SystemError`.
  package nonisolated func mergeTrees(
    base: CommitID, ours: CommitID, theirs: CommitID, leavingOut paths: [String]
  ) async throws -> TreeMerge {
    try await checkCanMergeTrees()
    let tree = try await tree(of: ours)
    let paths = try paths.map { (path) throws(GitError) in try TreePath(path) }
    let root = try await placeholder(for: base, with: tree, at: paths, parents: [])
    let mine = try await write(tree, parents: [root], message: Self.placeholderMessage, as: .placeholder)
    let other = try await placeholder(for: theirs, with: tree, at: paths, parents: [root])
    let attributes = try await copyAttributes(of: tree)
    let done: Result<CompletedProcess, any Error>
    do {
      done = .success(try await mergeTree(mine, other, workTree: attributes))
    } catch {
      done = .failure(error)
    }
    await attributes.remove(on: self)
    return try outcome(of: try done.get())
  }

  /// Seconds, not hours: only both sides' changes are read.
  private static let mergeTimeout: Duration = .seconds(600)
  private static let placeholderMessage = "A side of a merge\n"

  private func checkCanMergeTrees() throws(GitError) {
    let version = try program.checkVersion()
    guard version >= GitVersion.oldestToMergeTrees else {
      throw GitError(
        .gitTooOld, "git is \(version), and merging whole trees needs \(GitVersion.oldestToMergeTrees)",
        remedy: "install git \(GitVersion.oldestToMergeTrees) or newer")
    }
  }

  private nonisolated func placeholder(
    for commit: CommitID, with tree: TreeID, at paths: [TreePath], parents: [CommitID]
  ) async throws -> CommitID {
    let draft = try await grafted(tree: tree, at: paths, onto: commit)
    return try await write(
      try await write(draft), parents: parents, message: Self.placeholderMessage, as: .placeholder)
  }

  private func grafted(tree: TreeID, at paths: [TreePath], onto commit: CommitID) throws(GitError)
    -> TreeDraft
  {
    try grafted(try self.tree(of: commit), with: tree, at: paths)
  }

  private nonisolated func mergeTree(_ ours: CommitID, _ theirs: CommitID, workTree: AttributesFolder)
    async throws -> CompletedProcess
  {
    let arguments = [
      "--git-dir=\(await commonDirectory)", "--work-tree=.", "-c", "merge.renormalize=false", "merge-tree",
      "--write-tree", "-z", "--name-only", "--no-messages", ours.description, theirs.description,
    ]
    let command = program.command(in: workTree.path, Self.writing + arguments)
    return try await run(command, timeout: Self.mergeTimeout)
  }

  /// Status 0 for a clean merge, 1 for conflicts; the tree, then the paths, NUL after each.
  private nonisolated func outcome(of done: CompletedProcess) throws(GitError) -> TreeMerge {
    let fields = done.output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    switch (done.termination, fields.first) {
    case (.exited(status: 0), .some(let tree)): return .merged(TreeID(hex: tree))
    case (.exited(status: 1), .some): return .conflicted(Array(fields.dropFirst()))
    default: throw notWritten(by: "merge-tree", done.termination, done.errorOutput)
    }
  }
}
