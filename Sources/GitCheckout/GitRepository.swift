import Glibc
import LinuxSystem
import Model

/// A checkout or bare repository on this machine, by its object database: never the working tree, the index
/// or HEAD. Commits and branches are written only by the methods that say so.
///
/// Its methods block a thread of their own, one at a time. What takes longer than an answer of `cat-file`,
/// history, ancestry and writing, runs beside it.
package actor GitRepository {
  /// As given.
  package nonisolated let path: String
  nonisolated let program: GitProgram
  private let thread: WorkerThread
  private let now: @Sendable () -> Duration
  private var location: Location
  private var reader: ObjectReader?

  package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.executor }

  /// How long one `cat-file` is kept: it holds packs open that are long gone.
  static let readerLifetime: Duration = .seconds(3600)

  /// Opens the repository at `path`: a checkout, a linked worktree, a bare repository, of SHA-1 or SHA-256.
  /// - Parameter now: The monotonic clock.
  /// - Throws: `GitError`: `gitMissing`, `gitTooOld`, `notARepository`, `unsafeOwnership`,
  ///   `unsupportedFormat`; `SystemError` where there is no thread to be had.
  package static func open(
    _ path: String, with program: GitProgram,
    now: @escaping @Sendable () -> Duration = SystemClock.monotonic
  ) async throws -> GitRepository {
    let thread = try WorkerThread(named: "git")
    let location = try await thread.run { () throws(GitError) in
      try Location.find(path, with: program, version: try program.checkVersion())
    }
    return GitRepository(path: path, program: program, thread: thread, now: now, location: location)
  }

  private init(
    path: String, program: GitProgram, thread: WorkerThread, now: @escaping @Sendable () -> Duration,
    location: Location
  ) {
    self.path = path
    self.program = program
    self.thread = thread
    self.now = now
    self.location = location
  }

  /// Where refs and objects are: shared by all the worktrees. Another one once the repository was cloned
  /// anew.
  package var commonDirectory: String { location.commonDirectory }

  package var objectFormat: ObjectFormat { location.objectFormat }

  /// History ends early: `git fetch --unshallow` mends it.
  package var isShallow: Bool { location.isShallow }

  /// Objects may be missing until something fetches them, which nothing here does.
  package var isPartial: Bool { location.isPartial }

  static let partialRemedy = "clone without --filter"

  /// What git says of `name`; nil where a `cat-file` that was started for this question has no such thing
  /// either.
  func info(_ name: String) throws(GitError) -> ObjectInfo? {
    try asking { (reader) throws(GitError) in try reader.info(name) }
  }

  /// As `info`, but `missing` is believed at once: for what most likely does not exist.
  func hasObject(_ name: String) throws(GitError) -> Bool {
    do throws(GitError) {
      if let reader { return try reader.info(name) != nil }
    } catch {
      reader = nil
    }
    return try info(name) != nil
  }

  /// The bytes of an object; nil as for `info`.
  func objectContents(_ name: String) throws(GitError) -> [UInt8]? {
    try asking { (reader) throws(GitError) in try reader.contents(name) }
  }

  /// Asks the `cat-file` that is open. Where it died, did not answer, or answers `missing`, which may be
  /// because packs were replaced under it, a new one is asked once more.
  private func asking<Value>(_ question: (ObjectReader) throws(GitError) -> Value?) throws(GitError) -> Value?
  {
    try dropOutdatedReader()
    if let reader {
      do throws(GitError) {
        if let answer = try question(reader) { return answer }
      } catch {}
      self.reader = nil
    }
    let fresh = try ObjectReader(program, in: path, now: now())
    do throws(GitError) {
      let answer = try question(fresh)
      reader = fresh
      return answer
    } catch {
      guard isPartial else { throw error }
      // It died of what it may not fetch.
      throw GitError(error.code, "\(path): \(error.problem)", remedy: Self.partialRemedy)
    }
  }

  /// Also looks where the repository is again, where the folder is not the one it was.
  private func dropOutdatedReader() throws(GitError) {
    if let reader, now() - reader.started >= Self.readerLifetime { self.reader = nil }
    guard (try? FileIdentity(location.commonDirectory)) != location.identity else { return }
    reader = nil
    location = try Location.find(path, with: program, version: nil)
  }
}
