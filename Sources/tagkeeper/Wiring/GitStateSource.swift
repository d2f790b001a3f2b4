import YAML
import GitCheckout
import Model
import Reconciler
import StateFile

/// The reconciler's view of a checkout: state files of a commit, read from git and parsed once for each content.
actor GitStateSource: StateSource {
  nonisolated let repository: GitRepository
  /// In the branch's tree: a file, or a folder of `*.yaml`.
  nonisolated let statePath: String
  private let templates: [TagTemplate]
  private let keepTemplates: [KeepTemplate]
  private let history: GitHistory
  /// The last states that were parsed, the newest first.
  private var parsed: [(blobs: [BlobID], reading: Reconciler.StateReading)] = []

  init(
    _ repository: GitRepository, statePath: String, formerPaths: [String], templates: [TagTemplate],
    keepTemplates: [KeepTemplate]
  ) {
    self.repository = repository
    self.statePath = statePath
    self.templates = templates
    self.keepTemplates = keepTemplates
    history = GitHistory(StateChain(repository, paths: [statePath] + formerPaths))
  }

  nonisolated func resolve(_ branch: String) async -> Resolution {
    do {
      if let resolved = try await repository.resolve(branch) { return .commit(resolved.commit) }
      return .missing(await missing(branch))
    } catch {
      return .unknown(error.description)
    }
  }

  /// What to say of a branch that is not there.
  nonisolated func missing(_ branch: String) async -> String {
    let isFetched = (try? await repository.resolve("origin/\(branch)")) != nil
    let remedy =
      isFetched
      ? "create it (git branch \(branch) origin/\(branch)), or write branch: origin/\(branch) in the configuration"
      : "fetch or create it, or mend branch: in the configuration (origin/NAME for a remote's branch)"
    return "\(repository.path): there is no branch \(branch.quoted), neither refs/heads/\(branch) nor "
      + "refs/remotes/\(branch): \(remedy)"
  }

  func state(at commit: CommitID) async -> Reconciler.StateReading {
    do {
      let files = try await repository.files(at: statePath, in: commit)
      let blobs = files.map(\.blob)
      if let known = parsed.first(where: { $0.blobs == blobs }) { return known.reading }
      var texts: [StateText] = []
      for file in files {
        texts.append(
          StateText(path: file.path, bytes: try await repository.contents(of: file.blob, named: file.path)))
      }
      let reading = reading(texts)
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
      case .no: .notAncestor
      case .unknown(let reason): .unknown(reason)
      }
    } catch {
      return .unknown("\(error)")
    }
  }

  nonisolated func history(_ request: HistoryRequest) async -> HistoryReading { await history.read(request) }

  private func reading(_ texts: [StateText]) -> Reconciler.StateReading {
    let reading = StateText.read(texts, templates: templates, keepTemplates: keepTemplates)
    if let state = reading.state { return .state(state) }
    let errors = reading.diagnostics.filter { $0.severity == .error }
    return .invalid(errors.map(\.description).joined(separator: "\n"))
  }
}
