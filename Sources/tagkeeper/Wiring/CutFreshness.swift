import Configuration
import GitCheckout
import Model
import Reconciler

/// Whether a cut may still land: it was made for one tip of its branch, and what changed there since would be undone by
/// it without any conflict.
struct CutFreshness {
  let repository: GitRepository
  /// In the branches' trees.
  let statePaths: [String]
  let channels: [ChannelSettings]

  init(_ repository: GitRepository, _ workspace: Workspace, _ channels: [ChannelSettings]) {
    self.repository = repository
    statePaths = workspace.statePaths
    self.channels = channels
  }

  /// - Throws: `CommandFailure` where `revision` brings a cut that its branch left behind, or where that can't be told.
  func check(_ revision: CommitID) async throws(CommandFailure) {
    do {
      var branches: [String: ResolvedBranch] = [:]
      for branch in Set(channels.map(\.branch)) {
        branches[branch] = try await repository.resolve(branch)
      }
      for channel in channels {
        // What has landed is no longer asked about.
        let branch = branches[channel.branch]
        let landed = branch.map { [$0.commit] } ?? branches.values.map(\.commit)
        for onto in try await targets(of: revision, beside: landed, channel) {
          guard let branch else {
            throw CommandFailure(
              "this brings a cut for \(channel.branch), and there is no such branch here to compare it with: fetch it"
            )
          }
          try await repository.checkIsNotBehind(branch, channel)
          try await check(onto, channel, branch.commit)
        }
      }
    } catch {
      throw CommandFailure(error)
    }
  }

  private func check(_ onto: CommitID, _ channel: ChannelSettings, _ tip: CommitID) async throws {
    guard try await isAncestor(onto, of: tip), try await !changes(after: onto, upTo: tip) else {
      throw CommandFailure(
        """
        this cut was made for \(channel.branch) at \(onto.short), and \(channel.branch) is at \(tip.short) with other \
        images now: run tagkeeper cut again, with --update where its branch is still there
        """)
    }
  }

  /// The tips for which cuts for `channel` were made that `revision` would bring.
  private func targets(
    of revision: CommitID, beside landed: [CommitID], _ channel: ChannelSettings
  ) async throws -> [CommitID] {
    let found = Collected<CommitID>()
    let query = HistoryQuery(tips: [revision], excluding: landed, firstParentOnly: false)
    _ = try await repository.walk(query) { commit in
      let ontos = TrailerLine.values(of: StateChain.rolloutOnto, in: commit.message)
      let names = TrailerLine.values(of: StateChain.rolloutChannel, in: commit.message)
      for (onto, name) in zip(ontos, names) where name == channel.name {
        if let onto = try? CommitID(onto) { found.append(onto) }
      }
    }
    return found.elements
  }

  private func isAncestor(_ commit: CommitID, of tip: CommitID) async throws -> Bool {
    switch try await repository.isAncestor(commit, of: tip) {
    case .yes: true
    case .no: false
    case .unknown(let reason): throw CommandFailure(reason)
    }
  }

  /// Whether a commit of the branch changed the state meanwhile.
  private func changes(after onto: CommitID, upTo tip: CommitID) async throws -> Bool {
    guard onto != tip else { return false }
    let found = Collected<CommitID>()
    let query = HistoryQuery(
      tips: [tip], excluding: [onto], paths: statePaths, firstParentOnly: false, limit: 1)
    _ = try await repository.walk(query) { found.append($0.id) }
    return !found.elements.isEmpty
  }
}
