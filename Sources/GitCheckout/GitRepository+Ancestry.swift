import LinuxSystem
package import Model

/// Whether one commit is in the history of another.
package enum Ancestry: Hashable, Sendable {
  case yes
  case no
  /// Not to be known: why, and the remedy.
  case unknown(String)
}

extension GitRepository {
  /// Whether `ancestor` is `commit` or one of those before it (git-merge-base(1), --is-ancestor).
  ///
  /// A no is believed only where all of the history is there: in a shallow clone a fast-forward looks like
  /// a rewind, and git 2.39 says no, too, where it could not read a commit.
  /// - Throws: `CancellationError`, `SystemError`. What git can't tell is `unknown`.
  package nonisolated func isAncestor(_ ancestor: CommitID, of commit: CommitID) async throws -> Ancestry {
    if ancestor == commit { return .yes }
    // A branch's usual step is known without a process of its own.
    if await parents(of: commit).contains(ancestor.description) { return .yes }
    let wasShallow = await isShallow
    let done: CompletedProcess
    do {
      done = try await run(["merge-base", "--is-ancestor", ancestor.description, commit.description])
    } catch let error as GitError {
      return .unknown("\(error)")
    }
    if done.termination.isSuccess { return .yes }
    if wasShallow { return .unknown(Self.shallowReason(path)) }
    let complaints = done.errorOutput.complaints
    if done.termination == .exited(status: 1), complaints.isEmpty { return .no }
    return .unknown(
      "\(path): git can't tell whether \(commit.short) follows \(ancestor.short): \(complaints)")
  }

  /// A best common ancestor of two commits (git-merge-base(1)).
  /// - Throws: `GitError`: `notFound` where they have none, or the clone is shallow; `unreadable`.
  package nonisolated func mergeBase(_ a: CommitID, _ b: CommitID) async throws -> CommitID {
    let done = try await run(["merge-base", a.description, b.description])
    guard done.termination.isSuccess, let base = try? CommitID(done.outputText) else {
      let reason = await isShallow ? Self.shallowReason(path) : done.errorOutput.complaints
      throw GitError(
        .notFound,
        "\(path): \(a.short) and \(b.short) have no common ancestor\(reason.isEmpty ? "" : ": \(reason)")")
    }
    return base
  }

  /// The ids in the commit object's header (git-cat-file(1), gitformat-commit); none where it can't be read.
  func parents(of commit: CommitID) -> [String] {
    guard let bytes = try? objectContents(commit.description) else { return [] }
    let header = String(decoding: bytes, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).prefix { !$0.isEmpty }
    return header.filter { $0.hasPrefix("parent ") }.map { String($0.dropFirst("parent ".count)) }
  }

  static func shallowReason(_ path: String) -> String {
    "\(path): the clone is shallow, its history ends early: run git fetch --unshallow there"
  }
}
