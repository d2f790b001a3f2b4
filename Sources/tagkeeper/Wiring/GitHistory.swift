import GitCheckout
import Model
import Planning
import Reconciler
import StateFile

/// Reads what a branch declared over time. A walk that goes on where an earlier one ended reads only what is new.
actor GitHistory {
  private let chain: StateChain
  /// Where earlier walks ended, the newest first: one for each channel is enough.
  private var walks: [HistoryWalk] = []

  init(_ chain: StateChain) { self.chain = chain }

  /// - Parameter read: Called after each commit that was read.
  func read(
    _ request: HistoryRequest, telling read: @escaping @Sendable () -> Void = {}
  ) async -> HistoryReading {
    do {
      let (walk, gap) = try await walk(request, read)
      // What was adopted from beside the chain belongs to one channel.
      if gap == nil, !walk.hasAdopted { remember(walk) }
      return HistoryReading(tip: request.tip, history: walk.history, gap: gap)
    } catch {
      return HistoryReading(
        tip: request.tip, history: BranchHistory(), gap: "the branch's history can't be read: \(error)")
    }
  }

  private func walk(
    _ request: HistoryRequest, _ read: @escaping @Sendable () -> Void
  ) async throws -> (HistoryWalk, gap: String?) {
    for earlier in walks {
      if let (walk, gap) = try await continued(earlier, request, read) { return (walk, gap) }
    }
    return try await whole(request, read)
  }

  /// `earlier` up to the request's tip, where the chain leads there and nothing was applied beside it.
  private func continued(
    _ earlier: HistoryWalk, _ request: HistoryRequest, _ read: @escaping @Sendable () -> Void
  ) async throws -> (HistoryWalk, gap: String?)? {
    guard earlier.accepted == request.accepted else { return nil }
    if earlier.tip == request.tip {
      return request.applied.isSubset(of: earlier.chain) ? (earlier, nil) : nil
    }
    let new = try await chain.commits(to: request.tip, after: earlier.tip, telling: read)
    guard let oldest = new.commits.last, oldest.parents.first == earlier.tip else { return nil }
    guard request.applied.isSubset(of: earlier.chain.union(new.commits.map(\.id))) else { return nil }
    var walk = earlier
    for commit in new.commits.reversed() {
      try await step(commit, &walk)
      read()
    }
    return (walk, new.gap)
  }

  private func whole(
    _ request: HistoryRequest, _ read: @escaping @Sendable () -> Void
  ) async throws -> (HistoryWalk, gap: String?) {
    let all = try await chain.commits(to: request.tip, telling: read)
    let onChain = Set(all.commits.map(\.id))
    let (offChain, missing) = await declared(
      by: request.applied.subtracting(onChain), except: onChain, telling: read)
    var walk = HistoryWalk(tip: request.tip, accepted: request.accepted, hasAdopted: !offChain.isEmpty)
    for commit in all.commits.reversed() {
      try await step(commit, &walk)
      read()
      guard commit.id == request.accepted else { continue }
      walk.history.adopt(offChain, removedBy: commit.id, isAllowed: commit.allowsPrune, everywhere: true)
    }
    let tipAllows = all.commits.first?.allowsPrune ?? false
    walk.history.missing = missing
    walk.history.adopt(offChain, removedBy: request.tip, isAllowed: tipAllows, everywhere: false)
    return (walk, all.gap)
  }

  private func step(_ commit: StateChain.Commit, _ walk: inout HistoryWalk) async throws {
    var entries: [DesiredState.Entry]?
    var allowedBySide: Set<ImageKey> = []
    if !commit.changes.isEmpty {
      let mayBeAllowedBySide = !commit.allowsPrune && commit.parents.count > 1
      let before = mayBeAllowedBySide ? walk.files.keys : []
      try await walk.files.take(commit.changes, from: chain)
      entries = walk.files.entries(of: chain.paths)
      let removed = mayBeAllowedBySide ? before.subtracting(walk.files.keys) : []
      if !removed.isEmpty {
        allowedBySide = try await removals(allowedOnTheSideOf: commit).intersection(removed)
      }
    }
    walk.tip = commit.id
    walk.chain.insert(commit.id)
    guard entries != nil || commit.allowsPrune else { return }
    walk.history.append(
      .init(
        commit: commit.id, time: commit.time, entries: entries, isWhole: walk.files.areWhole,
        isValid: walk.files.areValid,
        allowsPrune: commit.allowsPrune, removalsAllowedByMergedSide: allowedBySide))
  }

  private func remember(_ walk: HistoryWalk) {
    walks.removeAll { $0.tip == walk.tip }
    walks.insert(walk, at: 0)
    if walks.count > 8 { walks.removeLast() }
  }
}

/// How far a walk has come, from the branch's first commit on.
private struct HistoryWalk {
  var tip: CommitID
  let accepted: CommitID?
  let hasAdopted: Bool
  var chain: Set<CommitID> = []
  var history = BranchHistory()
  /// At `tip`.
  var files = StateFiles()

  init(tip: CommitID, accepted: CommitID?, hasAdopted: Bool) {
    self.tip = tip
    self.accepted = accepted
    self.hasAdopted = hasAdopted
  }
}

extension GitHistory {
  /// Every digest that first-parent commits up to `tips` declared, and why some may be missing. A tip that is gone tells
  /// nothing: then its images are not known to be ours, which is the safe side of a deletion, and not of a creation.
  private func declared(
    by tips: Set<CommitID>, except onChain: Set<CommitID>, telling read: @escaping @Sendable () -> Void
  ) async -> (digests: [ImageKey: Set<Digest>], missing: String?) {
    var digests: [ImageKey: Set<Digest>] = [:]
    var missing: String?
    var known: Set<BlobID> = []
    for tip in tips {
      let blobs = Collected<(blob: BlobID, path: String)>()
      do {
        let query = HistoryQuery(tips: [tip], paths: chain.paths)
        let completeness = try await chain.repository.walk(query) { [chain] commit in
          read()
          guard !onChain.contains(commit.id) else { return }
          for change in commit.changes where chain.isState(change.path) {
            if let blob = change.blob { blobs.append((blob, change.path)) }
          }
        }
        missing = missing ?? completeness.gap
        for (blob, path) in blobs.elements where known.insert(blob).inserted {
          for entry in try await chain.reading(of: blob, path).entries {
            digests[entry.key, default: []].insert(entry.digest)
          }
          read()
        }
      } catch {
        missing = "the applied commit \(tip.short) can't be read any more: \(error)"
      }
    }
    return (digests, missing)
  }

  /// What those commits removed that `merge` brought and that carry the line themselves.
  private func removals(allowedOnTheSideOf merge: StateChain.Commit) async throws -> Set<ImageKey> {
    let query = HistoryQuery(
      tips: Array(merge.parents.dropFirst()), excluding: [merge.parents[0]], paths: chain.paths,
      line: StateChain.allowsPrune,
      firstParentOnly: false)
    let commits = Collected<StateChain.Commit>()
    _ = try await chain.repository.walk(query) { commits.append(StateChain.Commit($0)) }
    var removed: Set<ImageKey> = []
    for commit in commits.elements {
      guard let parent = commit.parents.first else { continue }
      removed.formUnion(try await keys(at: parent).subtracting(keys(at: commit.id)))
    }
    return removed
  }

  private func keys(at commit: CommitID) async throws -> Set<ImageKey> {
    var keys: Set<ImageKey> = []
    for path in chain.paths {
      for file in try await files(at: path, in: commit) {
        keys.formUnion(try await chain.reading(of: file.blob, file.path).entries.map(\.key))
      }
    }
    return keys
  }

  /// None where git says that there is none.
  private func files(at path: String, in commit: CommitID) async throws(GitError) -> [TreeFile] {
    do { return try await chain.repository.files(at: path, in: commit) } catch {
      guard error.code == .notFound || error.code == .notRegularFile else { throw error }
      return []
    }
  }
}
