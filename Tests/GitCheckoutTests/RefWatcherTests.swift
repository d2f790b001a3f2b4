import FoundationEssentials
import GitCheckout
import LinuxSystem
import Model
import TestSupport
import Testing

/// Each waits for wakes until the branch is resolved as it should be: without a wake it runs into the time
/// limit.
@Suite(.timeLimit(.minutes(10))) struct RefWatcherTests {
  /// A watcher, and what is resolved after its wakes.
  private struct Watch {
    let repository: GitRepository
    let watcher: RefWatcher
    let branch: String

    init(_ fixture: TemporaryGitRepository, _ branch: String) async throws {
      repository = try await fixture.opened()
      watcher = try await RefWatcher(branches: [branch], commonDirectory: repository.commonDirectory)
      self.branch = branch
    }

    func wait(for tip: String?) async throws {
      for await _ in watcher.wakes where try await repository.tip(branch) == tip { return }
      Issue.record("the wakes ended")
    }
  }

  @Test func commitsAreSeen() async throws {
    try await withRepository { _, fixture in
      try await fixture.commit()
      let watch = try await Watch(fixture, "main")
      for _ in 0..<3 { try await watch.wait(for: try await fixture.commit()) }
    }
  }

  @Test func branchThatAppearsAndGoesIsSeen() async throws {
    try await withRepository { _, fixture in
      let tip = try await fixture.commit()
      let watch = try await Watch(fixture, "release/8.0/servicing")
      try await fixture.git("branch", "release/8.0/servicing")
      try await watch.wait(for: tip)
      try await fixture.git("branch", "-D", "release/8.0/servicing")
      try await watch.wait(for: nil)
      try await fixture.git("branch", "release/8.0/servicing")
      try await watch.wait(for: tip)
    }
  }

  /// Packing removes the loose refs and their folders, and the watches with them.
  @Test(arguments: [["pack-refs", "--all", "--prune"], ["gc", "-q"]])
  func branchInAFolderIsSeenAfterPacking(_ packing: [String]) async throws {
    try await withRepository { _, fixture in
      try await fixture.commit()
      try await fixture.checkOut("release/x")
      let watch = try await Watch(fixture, "release/x")
      for _ in 0..<3 {
        let tip = try await fixture.commit()
        try await watch.wait(for: tip)
        try await fixture.git(packing[0], packing[1], packing.count > 2 ? packing[2] : "--quiet")
        try await watch.wait(for: tip)
      }
      try await watch.wait(for: try await fixture.commit())
    }
  }

  @Test func updateRefIsSeen() async throws {
    try await withRepository { _, fixture in
      let first = try await fixture.commit()
      try await fixture.commit()
      let watch = try await Watch(fixture, "main")
      try await fixture.git("update-ref", "refs/heads/main", first)
      try await watch.wait(for: first)
    }
  }

  @Test func commitInALinkedWorktreeIsSeen() async throws {
    try await withRepository { directory, fixture in
      try await fixture.commit()
      try await fixture.git("branch", "side")
      let worktree = try await fixture.addWorktree(directory("worktree"), branch: "side")
      let watch = try await Watch(fixture, "side")
      try await watch.wait(for: try await worktree.commit(["a": "1"]))
      let fromWithin = try await Watch(worktree, "side")
      try await fromWithin.wait(for: try await worktree.commit(["a": "2"]))
    }
  }

  @Test func pushIntoABareRepositoryIsSeen() async throws {
    try await withRepository { directory, fixture in
      try await fixture.commit()
      let bare = try await fixture.clone(to: directory("bare"), "--bare")
      let watch = try await Watch(bare, "main")
      let tip = try await fixture.commit()
      try await fixture.git("push", "-q", directory("bare"), "main")
      try await watch.wait(for: tip)
    }
  }

  @Test func fetchOfARemoteBranchIsSeen() async throws {
    try await withRepository { directory, fixture in
      try await fixture.commit()
      let clone = try await fixture.clone(to: directory("clone"))
      let watch = try await Watch(clone, "origin/main")
      let tip = try await fixture.commit()
      try await clone.git("fetch", "-q")
      try await watch.wait(for: tip)
    }
  }

  @Test func targetOfASymbolicRefIsWatched() async throws {
    try await withRepository { _, fixture in
      try await fixture.commit()
      try await fixture.checkOut("release/8.0")
      try await fixture.git("symbolic-ref", "refs/heads/current", "refs/heads/release/8.0")
      let watch = try await Watch(fixture, "current")
      try await watch.wait(for: try await fixture.commit())
      try await fixture.checkOut("release-9.0")
      let other = try await fixture.commit()
      try await fixture.git("symbolic-ref", "refs/heads/current", "refs/heads/release-9.0")
      try await watch.wait(for: other)
      try await watch.wait(for: try await fixture.commit())
    }
  }

  @Test func rearmingSeesTheRepositoryThatWasClonedAnew() async throws {
    try await withRepository { directory, fixture in
      try await fixture.commit()
      let clone = try await fixture.clone(to: directory("clone"))
      let watch = try await Watch(clone, "main")
      try directory.remove("clone")
      let again = try await fixture.clone(to: directory("clone"))
      try await watch.watcher.rearm(commonDirectory: directory("clone/.git"))
      try await watch.wait(for: try await again.commit())
    }
  }

  @Test func watcherThatIsLetGoEndsItsWakes() async throws {
    try await withRepository { _, fixture in
      try await fixture.commit()
      let wakes: AsyncStream<Void>
      do { wakes = try await Watch(fixture, "main").watcher.wakes }
      for await _ in wakes {}
    }
  }

  @Test func textThatIsNoBranchIsRefused() async throws {
    let error = try await gitError { _ = try await RefWatcher(branches: ["../x"], commonDirectory: "/tmp") }
    #expect(error?.code == .badRevision)
  }
}
