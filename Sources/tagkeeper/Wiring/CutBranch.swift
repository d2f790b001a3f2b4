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
      guard try await !Self.tips(ofCut: existing.commit, repository).isEmpty else {
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

  /// Whether a local branch has a cut that could still land: one that production has left behind is refused.
  /// - Throws: `CommandFailure`.
  static func holdsCut(
    _ name: String, for target: RolloutBranch, _ reader: RolloutReader
  ) async throws(CommandFailure) -> Bool {
    do {
      guard let existing = try await reader.repository.resolve(name), existing.ref == "refs/heads/\(name)",
        let onto = try await tips(ofCut: existing.commit, reader.repository).last,
        try await reader.repository.isAncestor(existing.commit, of: target.tip) != .yes
      else { return false }
      // After a squash nothing but the images tells that it has landed. A tip that is gone was left behind, too.
      return (try? await reader.state(at: CommitID(onto)).state) == target.state
    } catch {
      throw CommandFailure(error)
    }
  }

  /// The tips that a cut says it was made for; none where the commit is no cut.
  private static func tips(ofCut commit: CommitID, _ repository: GitRepository) async throws -> [String] {
    let message = try await repository.commit(commit).message
    return TrailerLine.values(of: StateChain.rolloutOnto, in: message)
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
