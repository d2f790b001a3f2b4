import GitCheckout
import Glibc
import Model
import Reconciler

/// Looks at everything that a pass needs, and changes nothing that counts.
struct Doctor {
  private(set) var findings: [Finding] = []
  /// What was found of single repositories, and is not told yet.
  private var found: [RepositoryFinding] = []
  /// What the branches declare, for what is to be asked of the registry.
  private(set) var declared: [TagReference: Digest] = [:]

  /// Every check that can be made; those that need what another lacks are left out.
  static func examine(_ arguments: Arguments) async -> [Finding] {
    var doctor = Doctor()
    guard let workspace = doctor.configuration(arguments) else { return doctor.findings }
    doctor.stateDirectory(workspace, arguments)
    if let repository = await doctor.checkout(workspace) {
      await doctor.remote(workspace, repository)
      await doctor.branches(workspace, repository)
      await doctor.signatures(workspace, repository, arguments)
    }
    await doctor.registry(workspace)
    return doctor.findings
  }

  mutating func note(_ finding: Finding) { findings.append(finding) }

  /// - Parameter finding: Its subject is the check, without the repository.
  mutating func tell(_ finding: Finding, _ repository: RepositoryName) {
    found.append(RepositoryFinding(repository: repository, finding: finding))
  }

  /// Ends what was found of repositories.
  mutating func noteTold() {
    findings += found.told
    found = []
  }

  private mutating func configuration(_ arguments: Arguments) -> Workspace? {
    do {
      let workspace = try Workspace(arguments)
      let channels = workspace.channels.map { "\($0.name) (\($0.branch))" }.joined(separator: ", ")
      note(.ok("configuration", "\(workspace.configurationPath): \(channels)"))
      return workspace
    } catch {
      note(.failure("configuration", error.message))
      return nil
    }
  }

  private mutating func stateDirectory(_ workspace: Workspace, _ arguments: Arguments) {
    let subject = "state directory"
    do {
      let directory = try workspace.stateDirectory(arguments)
      let entries = try directory.entries().count
      let path = directory.path.absolute
      let folder = Self.nearestThatIsThere(path)
      // The slash asks for a folder (path_resolution(7)).
      guard access(folder + "/", W_OK | X_OK) == 0 else {
        let text = folder == path ? path : "\(path) can't be made: \(folder)"
        return note(
          .failure(
            subject, "\(text) is no folder that can be written to",
            remedy: "check its owner and mode, or give another by --state-dir"))
      }
      guard folder == path else {
        return note(.ok(subject, "\(path) is not there yet: the first run makes it"))
      }
      note(
        .ok(subject, "\(path): \(entries.counted("journal entry", "journal entries"))"))
    } catch {
      note(.failure(subject, error.message))
    }
  }

  /// `path`, or the folder that it, or what is missing above it, would be made in.
  private static func nearestThatIsThere(_ path: String) -> String {
    var path = path
    while path != "/", access(path, F_OK) != 0, let slash = path.lastIndex(of: "/") {
      path = slash == path.startIndex ? "/" : String(path[..<slash])
    }
    return path
  }

  private mutating func checkout(_ workspace: Workspace) async -> GitRepository? {
    do throws(CommandFailure) {
      let repository = try await workspace.repository()
      let (isShallow, isPartial) = await (repository.isShallow, repository.isPartial)
      if isShallow || isPartial {
        note(
          .warning(
            "checkout", "\(repository.path) lacks part of its history: deletions are held",
            remedy: "run git fetch --unshallow there, or clone it without --depth and --filter"))
      } else {
        note(.ok("checkout", "\(repository.path) has its whole history"))
      }
      return repository
    } catch {
      note(.failure("checkout", error.message))
      return nil
    }
  }

  private mutating func branches(_ workspace: Workspace, _ repository: GitRepository) async {
    let source = GitStateSource(repository, workspace, verifier: nil)
    for channel in workspace.channels {
      let subject = "channel \(channel.name)"
      let commit: CommitID
      switch await source.resolve(channel.branch) {
      case .commit(let tip): commit = tip
      case .missing(let reason), .unknown(let reason), .awaited(let reason):
        note(.failure(subject, reason))
        continue
      }
      switch await source.state(at: commit) {
      case .invalid(let reason), .unknown(let reason): note(.failure(subject, reason))
      case .state(let state):
        let entries = state.entries.count
        note(.ok(subject, "\(channel.branch) at \(commit.short) declares \(entries.counted("image"))"))
        for entry in state.entries {
          guard let tag = try? channel.template.tag(for: entry.key.image) else { continue }
          declared[TagReference(entry.key.repository, tag)] = entry.digest
        }
      }
    }
  }
}
