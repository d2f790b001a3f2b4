package import LinuxSystem
import Synchronization

/// Wakes when a branch may have moved: when a loose ref, `packed-refs`, a folder on the way to a ref, or
/// the target of a symbolic one changes in the common directory, which all worktrees share.
///
/// A watch is lost with its folder, and `git pack-refs` and `git gc` remove folders such as
/// `refs/heads/release`. So after every event the watches are set anew, and only then is the wake sent; the
/// receiver resolves the branches after it.
package final class RefWatcher: Sendable {
  /// One element for any number of changes since the last was taken. It ends with the watcher.
  package let wakes: AsyncStream<Void>
  private let watches: Watches
  private let watcher: DirectoryWatcher
  /// Setting watches reads files: away from the cooperative pool, and from the thread that waits for events.
  private let worker: WorkerThread

  /// Watches the refs that `branches` can have in the repository with `commonDirectory`.
  /// - Throws: `GitError.badRevision`; `SystemError` where the system's limits of inotify are reached.
  package init(branches: [String], commonDirectory: String) async throws {
    let refs = try branches.flatMap { (branch) throws(GitError) in try BranchRef(branch).candidates }
    let (wakes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let watches = Watches(refs: refs, commonDirectory: commonDirectory, wake: continuation)
    self.wakes = wakes
    self.watches = watches
    watcher = try DirectoryWatcher { watches.handle($0) }
    worker = try WorkerThread(named: "refs")
    watches.use(watcher)
    try await worker.run { () throws(SystemError) in try watches.rearm() }
  }

  deinit { watches.end() }

  /// Sets every watch anew: for the poll, which alone notices that the repository was removed and cloned
  /// again.
  /// - Parameter commonDirectory: Where it is now.
  /// - Throws: `SystemError`.
  package func rearm(commonDirectory: String) async throws(SystemError) {
    try await worker.run { [watches] () throws(SystemError) in
      watches.move(to: commonDirectory)
      try watches.rearm()
    }
  }
}

/// What the watcher's thread and its owner share.
private final class Watches: Sendable {
  private struct State {
    var commonDirectory: String
    var folders: RefFolders
  }

  private let refs: [String]
  private let wake: AsyncStream<Void>.Continuation
  private let state: Mutex<State>
  private let watcher = Mutex<WeakWatcher>(WeakWatcher())

  private struct WeakWatcher { weak var value: DirectoryWatcher? }

  init(refs: [String], commonDirectory: String, wake: AsyncStream<Void>.Continuation) {
    self.refs = refs
    self.wake = wake
    state = Mutex(State(commonDirectory: commonDirectory, folders: RefFolders(of: refs, in: commonDirectory)))
  }

  func use(_ watcher: DirectoryWatcher) { self.watcher.withLock { $0.value = watcher } }
  func move(to commonDirectory: String) { state.withLock { $0.commonDirectory = commonDirectory } }
  func end() { wake.finish() }

  /// Parents are watched before their folders are looked for: one that appears in between shows as an event.
  func rearm() throws(SystemError) {
    guard let watcher = watcher.withLock({ $0.value }) else { return }
    try state.withLock { state throws(SystemError) in
      state.folders = RefFolders(of: refs, in: state.commonDirectory)
      try watcher.watch(Set(state.folders.names.keys))
    }
  }

  func handle(_ event: DirectoryWatcher.Event) {
    if case .entry(let folder, let name) = event,
      !state.withLock({ $0.folders.matters(name, in: folder) })
    {
      return
    }
    // Without its watches it is the poll that finds a change, and says what is wrong.
    try? rearm()
    wake.yield()
  }
}
