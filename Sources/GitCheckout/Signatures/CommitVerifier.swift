import LinuxSystem
package import Model
import Synchronization

/// Whether commits may be applied, by signatures of the keys that a file lists. It is read again when it changes.
package actor CommitVerifier {
  /// Which commits have to be signed.
  package enum Scope: Hashable, Sendable {
    /// The one that would be applied.
    case tip
    /// That one, and those before it that were not applied with an earlier one.
    case everyCommit
  }

  /// Far more than wait to be applied: a bound for a process that runs for years.
  private static let mostRemembered = 100_000

  private let repository: GitRepository
  private let path: String
  private let scope: Scope
  private let thread: WorkerThread
  private var keys: KeyFile
  private var stamp: FileStamp
  /// By these keys: a quiet pass asks nobody.
  private var verified: Set<CommitID> = []

  package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.executor }

  /// - Parameter path: Of the file of keys.
  /// - Throws: `GitError`: `badKeys`, `programMissing`, `unreadable`; `CancellationError`, `SystemError`.
  package static func open(_ path: String, _ scope: Scope, in repository: GitRepository) async throws
    -> CommitVerifier
  {
    let thread = try WorkerThread(named: "signatures")
    let (keys, stamp) = try await thread.run { () throws(GitError) in try KeyFile.read(path) }
    let verifier = CommitVerifier(repository, path, scope, thread, keys, stamp)
    _ = try await verifier.count()
    return verifier
  }

  private init(
    _ repository: GitRepository, _ path: String, _ scope: Scope, _ thread: WorkerThread, _ keys: KeyFile,
    _ stamp: FileStamp
  ) {
    (self.repository, self.path, self.scope) = (repository, path, scope)
    (self.thread, self.keys, self.stamp) = (thread, keys, stamp)
  }

  /// How many keys are listed, each kind by the program that judges it.
  /// - Throws: As `open`.
  package func count() async throws -> (ssh: Int, openPGP: Int) {
    if !keys.signers.isEmpty { try SignatureProgram.sshKeygen.require(repository.program) }
    return (keys.signers.count, try await withKeyring { $0.fingerprints.count })
  }

  /// Whether `commit` may be applied after `applied`, which is nil where none was.
  /// - Parameter judged: Called after each signature that was judged.
  package func verdict(
    on commit: CommitID, after applied: CommitID?, judged: @Sendable () -> Void = {}
  ) async -> SignatureVerdict {
    do {
      try refresh()
      let (keys, stamp) = (keys, stamp)
      let unverified = try await commits(until: commit, after: applied).filter { !verified.contains($0) }
      guard !unverified.isEmpty else { return .good }
      return try await withKeyring { keyring in
        for next in unverified {
          let verdict = try await repository.judge(next, by: keyring, of: keys)
          judged()
          if case .refused(let reason) = verdict { return .refused("\(reason): \(remedy)") }
          guard verdict == .good else { return verdict }
          // Another question may have read the file anew meanwhile.
          if stamp == self.stamp { remember(next) }
        }
        return .good
      }
    } catch {
      return .unknown("\(error)")
    }
  }

  /// Oldest first: the first that is refused is what those after it build on.
  private func commits(until tip: CommitID, after applied: CommitID?) async throws -> [CommitID] {
    guard scope == .everyCommit, let applied, applied != tip else { return [tip] }
    let isKnown = try await repository.info("\(applied)") != nil
    guard await repository.isShallow || isKnown else {
      throw GitError(
        .unreadable,
        "\(applied.short), which was applied last, is no longer in the checkout, so which commits came after "
          + "it can't be told", remedy: "fetch it, or set mode: head until a signed commit on top is applied")
    }
    let found = FoundCommits()
    let query = HistoryQuery(tips: [tip], excluding: [applied], firstParentOnly: false)
    if case .incomplete(let reason) = try await repository.walk(query, { found.add($0.id) }) {
      throw GitError(
        .unreadable, "not every commit that has to be signed is known: \(reason)",
        remedy: "or set mode: head until a signed commit on top is applied")
    }
    let commits: [CommitID] = found.all.reversed()
    return commits.isEmpty ? [tip] : commits
  }

  private func remember(_ commit: CommitID) {
    if verified.count >= Self.mostRemembered { verified = [] }
    verified.insert(commit)
  }

  private var remedy: String {
    switch scope {
    case .tip:
      "land a commit on top that is signed by a listed key (an empty one will do: git commit --allow-empty -S)"
    case .everyCommit:
      "take it out of the branch, or set mode: head until a signed commit on top of it is applied"
    }
  }

  private func refresh() throws(GitError) {
    guard FileStamp(path) != stamp else { return }
    // Until it can be read again nothing was ever verified.
    verified = []
    (keys, stamp) = try KeyFile.read(path)
  }

  private func withKeyring<Value>(_ body: (Keyring) async throws -> Value) async throws -> Value {
    var keyring = try Keyring(keys)
    defer { keyring.remove() }
    try await keyring.importKeys(keys, with: repository.program)
    return try await body(keyring)
  }
}

private final class FoundCommits: Sendable {
  private let commits = Mutex<[CommitID]>([])

  var all: [CommitID] { commits.withLock(\.self) }
  func add(_ commit: CommitID) { commits.withLock { $0.append(commit) } }
}
