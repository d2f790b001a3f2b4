import GitCheckout
import Model
import Reconciler

extension GitRepository {
  /// The commit that `--rev` or an argument names; nil for nil.
  /// - Throws: `CommandFailure`.
  nonisolated func commit(named text: String?) async throws(CommandFailure) -> CommitID? {
    guard let text else { return nil }
    do { return try await resolveRevision(text) } catch { throw CommandFailure(error) }
  }

  /// The command that pushes a branch, with what is to be done then; nil where there is no remote `origin`.
  /// - Throws: `CommandFailure`.
  nonisolated func push(_ branch: String, _ then: String? = nil) async throws(CommandFailure) -> String? {
    do {
      guard try await hasRemote("origin") else { return nil }
    } catch {
      throw CommandFailure(error)
    }
    return "git push origin \(branch)" + (then.map { "   # \($0)" } ?? "")
  }

  /// What to say of a branch that is not there.
  nonisolated func missing(_ branch: String) async -> String {
    let isFetched = (try? await resolve("origin/\(branch)")) != nil
    let remedy =
      isFetched
      ? "create it (git branch \(branch) origin/\(branch)), or write branch: origin/\(branch) in the configuration"
      : "fetch or create it, or mend branch: in the configuration (origin/NAME for a remote's branch)"
    return "\(path): there is no branch \(branch.quoted), neither refs/heads/\(branch) nor "
      + "refs/remotes/\(branch): \(remedy)"
  }

  /// A fetch moves the remote's branch alone, and the local one of that name wins.
  /// - Throws: `CommandFailure` where the remote's has commits that the local one lacks.
  nonisolated func checkIsNotBehind(
    _ local: ResolvedBranch, _ channel: ChannelSettings
  ) async throws(CommandFailure) {
    let branch = channel.branch
    let isBehind: Bool
    do {
      guard let remote = try await remote(of: local, branch),
        try await isAncestor(remote, of: local.commit) == .no
      else { return }
      isBehind = try await isAncestor(local.commit, of: remote) == .yes
    } catch {
      throw CommandFailure(error)
    }
    guard isBehind else {
      throw CommandFailure("\(branch) and origin/\(branch) have gone apart: bring them together first")
    }
    throw CommandFailure(Self.behind(branch))
  }

  /// The tip of the remote's branch as it was fetched last; nil where `local` is no local branch, or has no such.
  /// - Throws: `GitError`.
  func remote(of local: ResolvedBranch, _ branch: String) throws(GitError) -> CommitID? {
    guard local.ref == "refs/heads/\(branch)", let remote = try resolve("origin/\(branch)"),
      remote.ref == "refs/remotes/origin/\(branch)"
    else { return nil }
    return remote.commit
  }

  /// What to say of a local branch that lacks commits of its remote's.
  static func behind(_ branch: String) -> String {
    """
    \(branch) is behind origin/\(branch): bring it up (git fetch origin \(branch):\(branch), or git pull --ff-only \
    where it is checked out), or write branch: origin/\(branch) in the configuration
    """
  }
}
