import Configuration
import GitCheckout
import Model
import Planning
import Reconciler

/// The files beside the state that a rollout carries along.
struct OtherFiles {
  /// The target's tree with what the source changed.
  struct Merged {
    let tree: TreeID
    /// Files that are not as the source has them: the target's own changes, and what was reverted there.
    let kept: [String]
  }

  private let repository: GitRepository
  private let statePaths: [String]

  init(_ repository: GitRepository, _ workspace: Workspace) {
    self.repository = repository
    statePaths = workspace.statePaths
  }

  /// What the source changed since the last rollout, merged into the target's tree.
  /// - Throws: `CommandFailure` naming the files that both sides changed.
  func merged(_ source: RolloutBranch, _ target: RolloutBranch) async throws(CommandFailure) -> Merged {
    do {
      let base: CommitID
      if let last = target.timeline.lastFilesBrought(from: source.timeline) {
        base = last
      } else {
        base = try await repository.mergeBase(source.tip, target.tip)
      }
      switch try await repository.mergeTrees(
        base: base, ours: target.tip, theirs: source.tip, leavingOut: statePaths)
      {
      case .merged(let tree):
        let wanted = try await repository.tree(of: source.tip)
        let kept = try await repository.differingFiles(tree, wanted, leavingOut: statePaths)
        return Merged(tree: tree, kept: kept)
      case .conflicted(let paths):
        throw CommandFailure(
          """
          \(source.channel.branch) and \(target.channel.branch) both changed \(paths.joined(separator: ", ")) since \
          \(base.short): bring one into line on either branch first, or cut without --with-files
          """)
      }
    } catch {
      throw CommandFailure(error)
    }
  }
}
