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
  ) async throws(CommandFailure) {
    self.target = target
    self.repository = repository
    isOnChannel = arguments.isGiven("--commit")
    let channel = target.channel.branch
    if let given = isOnChannel ? channel : arguments["--branch"] {
      branch = given
    } else {
      branch = try await Self.freeName("rollback/\(workspace.time.now().day)", repository)
    }
    if isOnChannel, target.ref != "refs/heads/\(channel)" {
      throw CommandFailure(
        "\(channel) is a remote's branch, which only a fetch moves: leave out --commit, and push the branch that is made"
      )
    }
  }

  /// `name`, or where there is such a branch `name-2`, and so on.
  private static func freeName(
    _ name: String, _ repository: GitRepository
  ) async throws(CommandFailure) -> String {
    var candidate = name
    var number = 1
    do {
      while try await isTaken(candidate, repository) {
        number += 1
        candidate = "\(name)-\(number)"
      }
    } catch {
      throw CommandFailure(error)
    }
    return candidate
  }

  private static func isTaken(_ name: String, _ repository: GitRepository) async throws -> Bool {
    if try await repository.resolve(name) != nil { return true }
    return try await repository.resolve("origin/\(name)") != nil
  }

  /// Makes or moves the branch.
  /// - Returns: What to do next.
  /// - Throws: `CommandFailure` where it exists or moved meanwhile, or a worktree has it checked out.
  func take(_ commit: CommitID) async throws(CommandFailure) -> [String] {
    do {
      if isOnChannel {
        try await repository.updateBranch(branch, from: target.tip, to: commit, message: "tagkeeper rollback")
        let push = try await repository.push(branch).map { "; else \($0)" } ?? ""
        return ["nothing where the daemon follows this repository\(push)"]
      }
      try await repository.createBranch(branch, at: commit, message: "tagkeeper rollback")
      return [
        "tagkeeper plan --channel \(target.channel.name) --rev \(branch)",
        try await repository.push(branch, "and land it on \(target.channel.branch.withoutRemote)"),
      ].compactMap(\.self)
    } catch {
      throw CommandFailure(error)
    }
  }
}

extension String {
  /// A branch's name as its own repository has it: `production` for `origin/production`.
  var withoutRemote: String { hasPrefix("origin/") ? String(dropFirst("origin/".count)) : self }
}
