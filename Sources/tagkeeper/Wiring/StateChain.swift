import GitCheckout
import Model
import Planning
import StateFile
import Synchronization

/// A branch's first-parent chain and what its commits declare: each content is read once.
actor StateChain {
  /// A first-parent commit.
  struct Commit: Sendable {
    let id: CommitID
    let parents: [CommitID]
    let author: String
    let time: Timestamp
    let subject: String
    let allowsPrune: Bool
    /// Those of its state files that it changed against its first parent.
    var changes: [HistoryCommit.Change] = []
  }

  nonisolated let repository: GitRepository
  /// In the branch's tree: files, or folders of `*.yaml`.
  nonisolated let paths: [String]
  /// What state files declared, by content: reverts bring old contents back, and a rewound branch reads all again.
  private var readings: [BlobID: LenientReading] = [:]
  private var cachedEntries = 0

  init(_ repository: GitRepository, paths: [String]) {
    self.repository = repository
    self.paths = paths
  }

  static let allowsPrune = TrailerLine(allowPrune.key, allowPrune.value)

  /// The first-parent commits up to `tip`, newest first. Git is asked twice: for every commit's message, and for those
  /// that changed the state.
  /// - Parameter read: Called at each commit of either answer.
  /// - Returns: Why older commits may be missing, as `gap`; nil where all are there.
  nonisolated func commits(
    to tip: CommitID, after: CommitID? = nil, telling read: @escaping @Sendable () -> Void = {}
  ) async throws -> (commits: [Commit], gap: String?) {
    let excluding = after.map { [$0] } ?? []
    let commits = Collected<Commit>()
    let all = try await repository.walk(HistoryQuery(tips: [tip], excluding: excluding)) {
      commits.append(Commit($0))
      read()
    }
    let changes = Collected<(CommitID, [HistoryCommit.Change])>()
    let changed = try await repository.walk(HistoryQuery(tips: [tip], excluding: excluding, paths: paths)) {
      changes.append(($0.id, $0.changes))
      read()
    }
    let byCommit = Dictionary(uniqueKeysWithValues: changes.elements)
    let chain = commits.elements.map { commit in
      var commit = commit
      commit.changes = (byCommit[commit.id] ?? []).filter { isState($0.path) }
      return commit
    }
    return (chain, all.gap ?? changed.gap)
  }

  /// What the content of a state file declares, read leniently.
  func reading(of blob: BlobID, _ path: String) async throws -> LenientReading {
    if let reading = readings[blob] { return reading }
    let reading = StateText(path: path, bytes: try await repository.contents(of: blob)).lenientReading()
    if cachedEntries + reading.entries.count > Self.entryLimit { (readings, cachedEntries) = ([:], 0) }
    readings[blob] = reading
    cachedEntries += reading.entries.count
    return reading
  }

  /// About 50 MB of entries: a thousand versions of three hundred images.
  private static let entryLimit = 300_000

  /// As `GitRepository.files` has it: the path itself, or a `*.yaml` that stands in it, no deeper.
  nonisolated func isState(_ path: String) -> Bool {
    paths.contains { statePath in
      guard path != statePath else { return true }
      let name = path.dropFirst(statePath.count + 1)
      return path.hasPrefix(statePath + "/") && name.hasSuffix(".yaml") && !name.contains("/")
    }
  }
}

extension StateChain.Commit {
  init(_ commit: HistoryCommit) {
    self.init(
      id: commit.id, parents: commit.parents, author: commit.authorName, time: commit.time,
      subject: String(commit.message.prefix { $0 != "\n" && $0 != "\r\n" }),
      allowsPrune: StateChain.allowsPrune.stands(in: commit.message))
  }
}

/// What the state files of one commit declare, followed along the chain.
struct StateFiles {
  private var readings: [String: LenientReading] = [:]

  /// What all of `paths` declare, the first path's files before the others', then in the file's order; a key may stand
  /// twice.
  func entries(of paths: [String]) -> [DesiredState.Entry] { paths.flatMap { entries(at: $0) } }

  private func entries(at path: String) -> [DesiredState.Entry] {
    let own = readings.filter { $0.key == path || $0.key.hasPrefix(path + "/") }
    return own.sorted { $0.key < $1.key }.flatMap(\.value.entries)
  }

  /// False where a file has errors, such as unknown keys: no such commit is ever applied.
  var areValid: Bool { readings.values.allSatisfy(\.isValid) }

  /// What the first of `paths` declares that is there: a former state file that was left behind says nothing any more.
  /// Nil where that could not be read whole, or nothing is there: it declares nothing anew, and removes nothing.
  func current(of paths: [String]) -> [DesiredState.Entry]? {
    for path in paths {
      let own = readings.filter { $0.key == path || $0.key.hasPrefix(path + "/") }
      if own.isEmpty { continue }
      return own.values.allSatisfy(\.isWhole) ? entries(at: path) : nil
    }
    return nil
  }

  var keys: Set<ImageKey> { Set(readings.values.lazy.flatMap(\.entries).map(\.key)) }

  /// False where a file could not be read whole, or none is there: no such commit is ever applied.
  var areWhole: Bool { !readings.isEmpty && readings.values.allSatisfy(\.isWhole) }

  /// Goes on to the next commit.
  mutating func take(_ changes: [HistoryCommit.Change], from chain: StateChain) async throws {
    for change in changes {
      readings[change.path] = nil
      if let blob = change.blob { readings[change.path] = try await chain.reading(of: blob, change.path) }
    }
  }
}

extension HistoryCompleteness {
  var gap: String? {
    if case .incomplete(let reason) = self { reason } else { nil }
  }
}

/// Collects what a walk visits on its own thread.
final class Collected<Element: Sendable>: Sendable {
  private let state = Mutex<[Element]>([])
  var elements: [Element] { state.withLock(\.self) }
  func append(_ element: Element) { state.withLock { $0.append(element) } }
}
