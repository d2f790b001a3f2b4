import Configuration
import GitCheckout
import Model
import Reconciler

/// The branch that a cut is to be on.
struct CutBranch {
  private let repository: GitRepository
  private let name: String
  /// Nil where the branch is to be made.
  private let replaced: CommitID?

  /// - Throws: `CommandFailure` where the branch exists and is not to be replaced, or is no earlier cut's.
  init(
    _ name: String, _ workspace: Workspace, _ repository: GitRepository, replaces: Bool
  ) async throws(CommandFailure) {
    self.repository = repository
    self.name = name
    do {
      guard let existing = try await repository.resolve(name), existing.ref == "refs/heads/\(name)" else {
        replaced = nil
        return
      }
      guard !workspace.channels.contains(where: { $0.branch == name }) else {
        throw CommandFailure(
          "\(name) is a channel's own branch: give another name by --branch", status: .usage)
      }
      guard try await Self.isCut(existing.commit, repository) else {
        throw CommandFailure(
          "the tip of \(name), \(existing.commit.short), is no cut: --update replaces nothing else; "
            + "give another name by --branch")
      }
      guard replaces else {
        throw CommandFailure(
          "there is a branch \(name) already: --update replaces it, --branch NAME makes another")
      }
      replaced = existing.commit
    } catch {
      throw CommandFailure(error)
    }
  }

  /// Whether a local branch has a cut that would still change what `target` declares once it lands.
  /// - Throws: `CommandFailure`.
  static func holdsCut(
    _ name: String, for target: RolloutBranch, _ reader: RolloutReader
  ) async throws(CommandFailure) -> Bool {
    do {
      guard let existing = try await reader.repository.resolve(name), existing.ref == "refs/heads/\(name)",
        try await isCut(existing.commit, reader.repository),
        try await reader.repository.isAncestor(existing.commit, of: target.tip) != .yes
      else { return false }
      // After a squash nothing but the images tells that it has landed.
      return try await reader.state(at: existing.commit).state != target.state
    } catch {
      throw CommandFailure(error)
    }
  }

  private static func isCut(_ commit: CommitID, _ repository: GitRepository) async throws -> Bool {
    let message = try await repository.commit(commit).message
    return !TrailerLine.values(of: StateChain.rolloutOnto, in: message).isEmpty
  }

  /// - Throws: `CommandFailure` where somebody else moved it meanwhile, or a worktree has it checked out.
  func set(to commit: CommitID) async throws(CommandFailure) {
    do {
      if let replaced {
        try await repository.updateBranch(name, from: replaced, to: commit, message: "tagkeeper cut")
      } else {
        try await repository.createBranch(name, at: commit, message: "tagkeeper cut")
      }
    } catch {
      throw CommandFailure(error)
    }
  }
}
