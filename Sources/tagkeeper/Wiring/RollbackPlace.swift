import GitCheckout
import Model
import Reconciler

/// Where a rollback's commit goes: a branch of its own, or the channel's.
struct RollbackPlace {
  let branch: String
  private let target: RolloutBranch
  private let repository: GitRepository
  private let isOnChannel: Bool

  /// - Throws: `CommandFailure` where the channel's branch is one that only a fetch moves.
  init(
    _ arguments: Arguments, _ target: RolloutBranch, _ workspace: Workspace, _ repository: GitRepository
  ) throws(CommandFailure) {
    self.target = target
    self.repository = repository
    isOnChannel = arguments.isGiven("--commit")
    let channel = target.channel.branch
    branch = isOnChannel ? channel : arguments["--branch"] ?? "rollback/\(workspace.time.now().day)"
    if isOnChannel, target.ref != "refs/heads/\(channel)" {
      throw CommandFailure(
        "\(channel) is a remote's branch, which only a fetch moves: leave out --commit, and push the branch that is made"
      )
    }
  }

  /// Makes or moves the branch.
  /// - Returns: What to do next.
  /// - Throws: `CommandFailure` where it exists or moved meanwhile, or a worktree has it checked out.
  func take(_ commit: CommitID) async throws(CommandFailure) -> [String] {
    do {
      if isOnChannel {
        try await repository.updateBranch(branch, from: target.tip, to: commit, message: "tagkeeper rollback")
        return ["nothing where the daemon follows this repository; else git push origin \(branch)"]
      }
      try await repository.createBranch(branch, at: commit, message: "tagkeeper rollback")
      return [
        "tagkeeper plan --channel \(target.channel.name) --rev \(branch)",
        "git push origin \(branch)   # and land it on \(target.channel.branch)",
      ]
    } catch {
      throw CommandFailure("\(error)")
    }
  }
}
