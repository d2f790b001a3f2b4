import Configuration
import GitCheckout
import Model
import StateFile

/// `set --commit`: images' digests as one commit on a branch, without a checkout.
struct BranchEdit {
  private let branch: String
  private let message: String
  private let workspace: Workspace

  /// - Throws: `CommandFailure` with status 64.
  init(_ branch: String, _ arguments: Arguments) throws(CommandFailure) {
    guard let message = arguments["-m"] else {
      throw CommandFailure("what does the commit say? give -m MESSAGE", status: .usage)
    }
    guard arguments["--file"] == nil else {
      throw CommandFailure("give --file or --commit, not both", status: .usage)
    }
    self.branch = branch
    self.message = message
    workspace = try Workspace(arguments)
  }

  /// Commits what `request` asks for on the branch's tip; where somebody moves the branch meanwhile, again on the new
  /// tip.
  /// - Returns: What becomes of the images, and the commit; nil where nothing changes.
  /// - Throws: `CommandFailure`; the branch is as it was then.
  func commit(
    _ request: SetRequest
  ) async throws(CommandFailure) -> (changes: [DigestChange], commit: CommitID?) {
    let repository = try await workspace.repository()
    var attempts = 0
    while true {
      let tip = try await tip(repository)
      let texts = try await repository.stateTexts(at: workspace.settings.state, in: tip)
      let (edits, changes) = try await request.edit(texts)
      guard !edits.changed.isEmpty else { return (changes, nil) }
      let files = edits.changed.map { ($0.path, CommitDraft.Change.write($0.bytes)) }
      do {
        let commit = try await repository.write(
          CommitDraft(
            parents: [tip], start: .commit(tip), changes: Dictionary(uniqueKeysWithValues: files),
            message: message))
        try await repository.updateBranch(branch, from: tip, to: commit, message: "tagkeeper set")
        return (changes, commit)
      } catch let error as GitError where error.code == .branchMoved && attempts < Self.patience {
        attempts += 1
        // Many pipelines may end at once: each waits for as long as chance says.
        try? await Task.sleep(for: .milliseconds(Int.random(in: 10...(100 * attempts))))
      } catch {
        throw CommandFailure(error)
      }
    }
  }

  /// Of branches that move all the time, one attempt among ten pipelines succeeds soon.
  private static let patience = 30

  private func tip(_ repository: GitRepository) async throws(CommandFailure) -> CommitID {
    do {
      guard let found = try await repository.resolve(branch) else {
        throw CommandFailure(await repository.missing(branch))
      }
      guard found.ref == "refs/heads/\(branch)" else {
        throw CommandFailure("\(branch) is a remote's branch, which only a fetch moves: name a local one")
      }
      return found.commit
    } catch {
      throw CommandFailure(error)
    }
  }
}
