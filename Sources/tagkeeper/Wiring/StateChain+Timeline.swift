import GitCheckout
import Model
import Planning

extension StateChain {
  /// What a branch declared over time, up to `tip`.
  /// - Throws: `CommandFailure` where git does not have all of the history: who decides by it must not guess.
  nonisolated func timeline(to tip: CommitID) async throws(CommandFailure) -> BranchTimeline {
    do {
      let (commits, gap) = try await commits(to: tip)
      if let gap { throw CommandFailure(gap) }
      let brings = try await rolloutSources(of: commits)
      var timeline = BranchTimeline()
      var files = StateFiles()
      for commit in commits.reversed() {
        try await files.take(commit.changes, from: self)
        timeline.append(
          .init(
            id: commit.id, time: commit.time, author: commit.author, subject: commit.subject,
            brings: commit.parents.dropFirst() + (brings[commit.id] ?? [])),
          entries: commit.changes.isEmpty ? nil : files.entries)
      }
      return timeline
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      throw CommandFailure("\(error)")
    }
  }

  static let rolloutFrom = "Rollout-From"
  static let rolloutOnto = "Rollout-Onto"

  /// The values of the `Rollout-From:` lines of each first-parent commit, and of the commits that it merged.
  private nonisolated func rolloutSources(of chain: [Commit]) async throws -> [CommitID: [CommitID]] {
    guard let tip = chain.first else { return [:] }
    let all = Collected<(id: CommitID, parents: [CommitID], sources: [CommitID])>()
    _ = try await repository.walk(HistoryQuery(tips: [tip.id], firstParentOnly: false)) { commit in
      let sources = TrailerLine.values(of: Self.rolloutFrom, in: commit.message).compactMap {
        try? CommitID($0)
      }
      all.append((commit.id, commit.parents, sources))
    }
    let byID = Dictionary(uniqueKeysWithValues: all.elements.map { ($0.id, $0) })
    var sources: [CommitID: [CommitID]] = [:]
    // What a merge brought is what can be reached from it, and from no earlier commit of the chain.
    var seen: Set<CommitID> = []
    for commit in chain.reversed() {
      var waiting = [commit.id]
      while let id = waiting.popLast() {
        guard seen.insert(id).inserted, let found = byID[id] else { continue }
        sources[commit.id, default: []] += found.sources
        waiting += found.parents
      }
    }
    return sources
  }
}
