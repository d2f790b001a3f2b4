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
    statePaths = [workspace.settings.state] + workspace.settings.statePaths
    self.channels = channels
  }

  /// - Throws: `CommandFailure` where `revision` brings a cut that was left behind by every channel's branch that it
  ///   could be for.
  func check(_ revision: CommitID) async throws(CommandFailure) {
    do {
      var stale: CommandFailure?
      for channel in channels {
        guard let tip = try await repository.resolve(channel.branch)?.commit else { continue }
        for cut in try await cuts(in: revision, beside: tip) {
          // The branch that it was cut from may have its target's past.
          guard try await isOnChain(cut.onto, of: tip), try await !isOnChain(cut.from, of: tip) else {
            continue
          }
          guard try await changes(after: cut.onto, upTo: tip) else { return }
          stale = CommandFailure(
            """
            this cut was made for \(channel.branch) at \(cut.onto.short), and \(channel.branch) is at \(tip.short) with other \
            images now: run tagkeeper cut again
            """)
        }
      }
      if let stale { throw stale }
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      throw CommandFailure("\(error)")
    }
  }

  private typealias CutLines = (from: CommitID, onto: CommitID)

  /// The cuts that `revision` would bring onto `tip`, as their messages tell.
  private func cuts(in revision: CommitID, beside tip: CommitID) async throws -> [CutLines] {
    let found = Collected<CutLines>()
    let query = HistoryQuery(tips: [revision], excluding: [tip], firstParentOnly: false)
    _ = try await repository.walk(query) { commit in
      func values(_ key: String) -> [CommitID] {
        TrailerLine.values(of: key, in: commit.message).compactMap { try? CommitID($0) }
      }
      for cut in zip(values(StateChain.rolloutFrom), values(StateChain.rolloutOnto)) { found.append(cut) }
    }
    return found.elements
  }

  private func isOnChain(_ commit: CommitID, of tip: CommitID) async throws -> Bool {
    switch try await repository.isOnFirstParents(commit, of: tip) {
    case .yes: true
    case .no: false
    case .unknown(let reason): throw CommandFailure(reason)
    }
  }

  /// Whether a commit of the branch changed the state meanwhile.
  private func changes(after onto: CommitID, upTo tip: CommitID) async throws -> Bool {
    guard onto != tip else { return false }
    let found = Collected<CommitID>()
    _ = try await repository.walk(HistoryQuery(tips: [tip], excluding: [onto], paths: statePaths)) {
      found.append($0.id)
    }
    return !found.elements.isEmpty
  }
}
