import Configuration
import YAML
import GitCheckout
import Model
import Reconciler
import StateFile

/// The reconciler's view of a checkout: state files of a commit, read from git and parsed once for each content.
actor GitStateSource: StateSource {
  private nonisolated let repository: GitRepository
  private let workspace: Workspace
  private let history: GitHistory
  /// Nil where the configuration asks for no signatures.
  private nonisolated let verifier: CommitVerifier?
  /// The last states that were parsed, the newest first.
  private var parsed: [(blobs: [BlobID], reading: Reconciler.StateReading)] = []

  init(_ repository: GitRepository, _ workspace: Workspace, verifier: CommitVerifier?) {
    self.repository = repository
    self.verifier = verifier
    self.workspace = workspace
    history = GitHistory(StateChain(repository, paths: workspace.statePaths))
  }

  nonisolated func resolve(_ branch: String) async -> Resolution {
    do {
      if let resolved = try await repository.resolve(branch) {
        if let remote = workspace.remote(of: branch), resolved.ref != remote.trackingRef {
          return .unknown("\(remote.shadow): \(remote.unshadowing)")
        }
        return .commit(resolved.commit)
      }
      return .missing(await repository.missing(branch))
    } catch {
      return .unknown(error.description)
    }
  }

  func state(at commit: CommitID) async -> Reconciler.StateReading {
    do {
      let files = try await repository.files(at: workspace.settings.state, in: commit)
      let blobs = files.map(\.blob)
      if let known = parsed.first(where: { $0.blobs == blobs }) { return known.reading }
      let reading = reading(try await repository.texts(of: files))
      parsed.insert((blobs, reading), at: 0)
      if parsed.count > 4 { parsed.removeLast() }
      return reading
    } catch let error {
      switch error.code {
      case .notFound, .notRegularFile, .tooLarge: return .invalid(error.description)
      default: return .unknown(error.description)
      }
    }
  }

  nonisolated func isAncestor(_ ancestor: CommitID, of descendant: CommitID) async -> Reconciler.Ancestry {
    do {
      return switch try await repository.isAncestor(ancestor, of: descendant) {
      case .yes: .ancestor
      case .no: try await behind(at: descendant, lacking: ancestor).map { .unknown($0) } ?? .notAncestor
      case .unknown(let reason): .unknown(reason)
      }
    } catch {
      return .unknown("\(error)")
    }
  }

  /// What to say where `tip` is a local branch's that nobody brought up: its remote's has `commit`. Such a branch looks
  /// rewound, and accepting it would bring an old state back.
  private nonisolated func behind(at tip: CommitID, lacking commit: CommitID) async throws -> String? {
    for branch in Set(workspace.channels.map(\.branch)).sorted() {
      guard let local = try await repository.resolve(branch), local.commit == tip,
        let remote = try await repository.remote(of: local, branch),
        try await repository.isAncestor(tip, of: remote) == .yes,
        try await repository.isAncestor(commit, of: remote) == .yes
      else { continue }
      return GitRepository.behind(branch)
    }
    return nil
  }

  nonisolated func trust(
    in commit: CommitID, after applied: CommitID?, judged: @escaping @Sendable () -> Void
  ) async -> Trust {
    switch await verifier?.verdict(on: commit, after: applied, judged: judged) {
    case nil, .good: .trusted
    case .refused(let reason): .refused(reason)
    case .unknown(let reason): .unknown(reason)
    }
  }

  nonisolated func history(
    _ request: HistoryRequest, read: @escaping @Sendable () -> Void
  ) async -> HistoryReading {
    await history.read(request, telling: read)
  }

  private func reading(_ texts: [StateText]) -> Reconciler.StateReading {
    let reading = workspace.read(texts)
    if let state = reading.state { return .state(state) }
    let errors = reading.diagnostics.filter { $0.severity == .error }
    return .invalid(errors.map(\.description).joined(separator: "\n"))
  }
}
