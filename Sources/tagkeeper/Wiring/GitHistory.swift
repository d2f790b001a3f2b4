import GitCheckout
import Model
import Planning
import Reconciler
import StateFile
import Synchronization

/// Reads what a branch declared over time. A walk that goes on where an earlier one ended reads only what is new.
actor GitHistory {
  private let repository: GitRepository
  /// In the branch's tree: files, or folders of `*.yaml`.
  private let paths: [String]
  /// What state files declared, by content: reverts bring old contents back, and a rewound branch reads all again.
  private var entriesByBlob: [BlobID: [DesiredState.Entry]] = [:]
  private var cachedEntries = 0
  /// Where earlier walks ended, the newest first: one for each channel is enough.
  private var walks: [HistoryWalk] = []

  init(_ repository: GitRepository, paths: [String]) {
    self.repository = repository
    self.paths = paths
  }

  func read(_ request: HistoryRequest) async -> HistoryReading {
    do {
      let (walk, gap) = try await walk(request)
      // What was adopted from beside the chain belongs to one channel.
      if gap == nil, !walk.hasAdopted { remember(walk) }
      return HistoryReading(tip: request.tip, history: walk.history, gap: gap)
    } catch {
      return HistoryReading(
        tip: request.tip, history: BranchHistory(), gap: "the branch's history can't be read: \(error)")
    }
  }

  private func walk(_ request: HistoryRequest) async throws -> (HistoryWalk, gap: String?) {
    for earlier in walks {
      if let (walk, gap) = try await continued(earlier, request) { return (walk, gap) }
    }
    return try await whole(request)
  }

  /// `earlier` up to the request's tip, where the chain leads there and nothing was applied beside it.
  private func continued(
    _ earlier: HistoryWalk, _ request: HistoryRequest
  ) async throws -> (HistoryWalk, gap: String?)? {
    guard earlier.accepted == request.accepted else { return nil }
    if earlier.tip == request.tip {
      return request.applied.isSubset(of: earlier.chain) ? (earlier, nil) : nil
    }
    let new = try await chain(to: request.tip, after: earlier.tip)
    guard let oldest = new.commits.last, oldest.parents.first == earlier.tip else { return nil }
    guard request.applied.isSubset(of: earlier.chain.union(new.commits.map(\.id))) else { return nil }
    var walk = earlier
    for commit in new.commits.reversed() { try await step(commit, &walk) }
    return (walk, new.gap)
  }

  private func whole(_ request: HistoryRequest) async throws -> (HistoryWalk, gap: String?) {
    let all = try await chain(to: request.tip, after: nil)
    let chain = Set(all.commits.map(\.id))
    let offChain = await declared(by: request.applied.subtracting(chain), except: chain)
    var walk = HistoryWalk(tip: request.tip, accepted: request.accepted, hasAdopted: !offChain.isEmpty)
    for commit in all.commits.reversed() {
      try await step(commit, &walk)
      guard commit.id == request.accepted else { continue }
      walk.history.adopt(offChain, removedBy: commit.id, isAllowed: commit.allowsPrune, everywhere: true)
    }
    let tipAllows = all.commits.first?.allowsPrune ?? false
    walk.history.adopt(offChain, removedBy: request.tip, isAllowed: tipAllows, everywhere: false)
    return (walk, all.gap)
  }

  private func step(_ commit: ChainCommit, _ walk: inout HistoryWalk) async throws {
    var entries: [DesiredState.Entry]?
    var allowedBySide: Set<ImageKey> = []
    if !commit.changes.isEmpty {
      let before = walk.keys
      for change in commit.changes {
        walk.files[change.path] = nil
        if let blob = change.blob { walk.files[change.path] = try await read(blob, change.path) }
      }
      entries = walk.files.sorted { $0.key < $1.key }.flatMap(\.value)
      let removed = before.subtracting(walk.keys)
      if !commit.allowsPrune, !removed.isEmpty, commit.parents.count > 1 {
        allowedBySide = try await removals(allowedOnTheSideOf: commit).intersection(removed)
      }
    }
    walk.tip = commit.id
    walk.chain.insert(commit.id)
    guard entries != nil || commit.allowsPrune else { return }
    walk.history.append(
      .init(
        commit: commit.id, entries: entries, allowsPrune: commit.allowsPrune,
        removalsAllowedByMergedSide: allowedBySide))
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
  /// What each state file declares at `tip`, by path.
  var files: [String: [DesiredState.Entry]] = [:]

  var keys: Set<ImageKey> { Set(files.values.joined().map(\.key)) }

  init(tip: CommitID, accepted: CommitID?, hasAdopted: Bool) {
    self.tip = tip
    self.accepted = accepted
    self.hasAdopted = hasAdopted
  }
}

/// What the walk needs of a first-parent commit.
private struct ChainCommit: Sendable {
  let id: CommitID
  let parents: [CommitID]
  let allowsPrune: Bool
  var changes: [HistoryCommit.Change] = []
}

extension GitHistory {
  private static let allowsPrune = TrailerLine("Tagkeeper-Allow", "prune")

  /// The first-parent commits, newest first. Git is asked twice: for every commit's message, and for those that changed
  /// the state.
  private func chain(
    to tip: CommitID, after: CommitID?
  ) async throws -> (commits: [ChainCommit], gap: String?) {
    let excluding = after.map { [$0] } ?? []
    let commits = Collected<ChainCommit>()
    let all = try await repository.walk(HistoryQuery(tips: [tip], excluding: excluding)) { commit in
      commits.append(
        ChainCommit(
          id: commit.id, parents: commit.parents, allowsPrune: Self.allowsPrune.stands(in: commit.message)))
    }
    let changes = Collected<(CommitID, [HistoryCommit.Change])>()
    let changed = try await repository.walk(HistoryQuery(tips: [tip], excluding: excluding, paths: paths)) {
      changes.append(($0.id, $0.changes))
    }
    let byCommit = Dictionary(uniqueKeysWithValues: changes.elements)
    let chain = commits.elements.map { commit in
      var commit = commit
      commit.changes = (byCommit[commit.id] ?? []).filter { Self.isState($0.path, of: paths) }
      return commit
    }
    return (chain, all.gap ?? changed.gap)
  }

  /// Every digest that first-parent commits up to `tips` declared. A tip that is gone tells nothing: then its images
  /// are not known to be ours, which is the safe side.
  private func declared(
    by tips: Set<CommitID>, except chain: Set<CommitID>
  ) async -> [ImageKey: Set<Digest>] {
    var digests: [ImageKey: Set<Digest>] = [:]
    var known: Set<BlobID> = []
    for tip in tips {
      let blobs = Collected<(blob: BlobID, path: String)>()
      _ = try? await repository.walk(HistoryQuery(tips: [tip], paths: paths)) { [paths] commit in
        guard !chain.contains(commit.id) else { return }
        for change in commit.changes where Self.isState(change.path, of: paths) {
          if let blob = change.blob { blobs.append((blob, change.path)) }
        }
      }
      for (blob, path) in blobs.elements where known.insert(blob).inserted {
        for entry in (try? await read(blob, path)) ?? [] {
          digests[entry.key, default: []].insert(entry.digest)
        }
      }
    }
    return digests
  }

  /// What those commits removed that `merge` brought and that carry the line themselves.
  private func removals(allowedOnTheSideOf merge: ChainCommit) async throws -> Set<ImageKey> {
    let query = HistoryQuery(
      tips: Array(merge.parents.dropFirst()), excluding: [merge.parents[0]], paths: paths,
      line: Self.allowsPrune,
      firstParentOnly: false)
    let commits = Collected<ChainCommit>()
    _ = try await repository.walk(query) { commit in
      commits.append(ChainCommit(id: commit.id, parents: commit.parents, allowsPrune: true))
    }
    var removed: Set<ImageKey> = []
    for commit in commits.elements {
      guard let parent = commit.parents.first else { continue }
      removed.formUnion(try await keys(at: parent).subtracting(keys(at: commit.id)))
    }
    return removed
  }

  private func keys(at commit: CommitID) async throws -> Set<ImageKey> {
    var keys: Set<ImageKey> = []
    for path in paths {
      for file in try await files(at: path, in: commit) {
        keys.formUnion(try await read(file.blob, file.path).map(\.key))
      }
    }
    return keys
  }

  /// None where git says that there is none.
  private func files(at path: String, in commit: CommitID) async throws(GitError) -> [TreeFile] {
    do { return try await repository.files(at: path, in: commit) } catch {
      guard error.code == .notFound || error.code == .notRegularFile else { throw error }
      return []
    }
  }

  private func read(_ blob: BlobID, _ path: String) async throws -> [DesiredState.Entry] {
    if let entries = entriesByBlob[blob] { return entries }
    let entries = StateText(path: path, bytes: try await repository.contents(of: blob)).lenientEntries()
    if cachedEntries + entries.count > Self.entryLimit { (entriesByBlob, cachedEntries) = ([:], 0) }
    entriesByBlob[blob] = entries
    cachedEntries += entries.count
    return entries
  }

  /// About 50 MB of entries: a thousand versions of three hundred images.
  private static let entryLimit = 300_000

  /// As `GitRepository.files` has it: the path itself, or a `*.yaml` that stands in it, no deeper.
  private static func isState(_ path: String, of statePaths: [String]) -> Bool {
    statePaths.contains { statePath in
      guard path != statePath else { return true }
      let name = path.dropFirst(statePath.count + 1)
      return path.hasPrefix(statePath + "/") && name.hasSuffix(".yaml") && !name.contains("/")
    }
  }
}

extension HistoryCompleteness {
  fileprivate var gap: String? {
    if case .incomplete(let reason) = self { reason } else { nil }
  }
}

/// Collects what a walk visits on its own thread.
private final class Collected<Element: Sendable>: Sendable {
  private let state = Mutex<[Element]>([])
  var elements: [Element] { state.withLock(\.self) }
  func append(_ element: Element) { state.withLock { $0.append(element) } }
}
