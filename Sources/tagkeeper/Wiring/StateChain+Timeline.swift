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
      let sides = try await sides(of: commits)
      var timeline = BranchTimeline(times: commits.reversed().map(\.time))
      var files = StateFiles()
      for commit in commits.reversed() {
        try await files.take(commit.changes, from: self)
        let side = sides[commit.id] ?? Side()
        timeline.append(
          .init(
            id: commit.id, time: commit.time, author: commit.author,
            subject: side.subject(of: commit),
            brings: side.sources + side.parents, bringsFiles: side.fileSources + side.parents,
            isSoaked: side.isSoaked),
          entries: commit.changes.isEmpty ? nil : files.current(of: paths), reaching: side.commits)
      }
      return timeline
    } catch {
      throw CommandFailure(error)
    }
  }

  static let rolloutFrom = "Rollout-From"
  static let rolloutOnto = "Rollout-Onto"
  /// The channel that it is for.
  static let rolloutChannel = "Rollout-Channel"
  /// How long its digests had to soak: they may be older than `Rollout-From`.
  static let rolloutSoak = "Rollout-Soak"
  /// With other files than the state: `yes`.
  static let rolloutFiles = "Rollout-Files"

  /// What a first-parent commit and those that it merged say of where they came from.
  private struct Side {
    var sources: [CommitID] = []
    var fileSources: [CommitID] = []
    /// Beyond the first of each.
    var parents: [CommitID] = []
    var isSoaked = false
    var commits: [CommitID] = []
    /// The first lines of their messages.
    var subjects: [CommitID: String] = [:]

    init() {}

    init(_ commit: HistoryCommit) {
      func values(_ key: String) -> [String] { TrailerLine.values(of: key, in: commit.message) }
      sources = values(StateChain.rolloutFrom).compactMap { try? CommitID($0) }
      fileSources = values(StateChain.rolloutFiles).isEmpty ? [] : sources
      commits = [commit.id]
      parents = Array(commit.parents.dropFirst())
      isSoaked = !values(StateChain.rolloutSoak).isEmpty
      subjects[commit.id] = StateChain.Commit(commit).subject
    }

    /// Of a merge with the first line that git or a host gives it, that of what it merged says more.
    func subject(of commit: Commit) -> String {
      guard commit.parents.count == 2, commit.subject.hasPrefix("Merge ") else { return commit.subject }
      return subjects[commit.parents[1]] ?? commit.subject
    }

    mutating func add(_ other: Side) {
      sources += other.sources
      fileSources += other.fileSources
      commits += other.commits
      parents += other.parents
      isSoaked = isSoaked || other.isSoaked
      subjects.merge(other.subjects) { $1 }
    }
  }

  private nonisolated func sides(of chain: [Commit]) async throws -> [CommitID: Side] {
    guard let tip = chain.first else { return [:] }
    let all = Collected<(id: CommitID, parents: [CommitID], side: Side)>()
    _ = try await repository.walk(HistoryQuery(tips: [tip.id], firstParentOnly: false)) {
      all.append(($0.id, $0.parents, Side($0)))
    }
    let byID = Dictionary(uniqueKeysWithValues: all.elements.map { ($0.id, $0) })
    var sides: [CommitID: Side] = [:]
    // What a merge brought is what can be reached from it, and from no earlier commit of the chain.
    var seen: Set<CommitID> = []
    for commit in chain.reversed() {
      var waiting = [commit.id]
      while let id = waiting.popLast() {
        guard seen.insert(id).inserted, let found = byID[id] else { continue }
        sides[commit.id, default: Side()].add(found.side)
        waiting += found.parents
      }
    }
    return sides
  }
}
