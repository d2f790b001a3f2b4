import FoundationEssentials
import GitCheckout
import Model
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct WorktreesTests {
  /// Git's own answer to the same question: `git branch -f` refuses.
  private func gitRefuses(_ branch: String, in repository: TemporaryGitRepository) async throws -> Bool {
    do {
      try await repository.git("branch", "-f", branch, branch)
      return false
    } catch {
      return true
    }
  }

  @Test func mainAndLinkedWorktreesAreFoundFromEach() async throws {
    try await withRepository { directory, repository in
      try await repository.commit(["a": "1"])
      try await repository.git("branch", "side")
      try await repository.git("branch", "free")
      let linked = try await repository.addWorktree(directory("linked ünï"), branch: "side")
      for opened in [try await repository.opened(), try await linked.opened()] {
        #expect(try await opened.worktree(on: "main") == repository.path)
        #expect(try await opened.worktree(on: "side") == linked.path)
        #expect(try await opened.worktree(on: "free") == nil)
        #expect(try await opened.worktree(on: "none") == nil)
      }
      // Its folder is gone; git still takes it for checked out until it prunes it.
      try directory.remove("linked ünï")
      #expect(try await repository.opened().worktree(on: "side") == linked.path)
      #expect(try await gitRefuses("side", in: repository))
    }
  }

  @Test func aBareRepositoryIsNoneAndItsWorktreesAre() async throws {
    try await withRepository { directory, repository in
      try await repository.commit(["a": "1"])
      try await repository.git("branch", "side")
      let bare = try await repository.clone(to: directory("bare"), "--bare")
      _ = try await bare.addWorktree(directory("linked"), branch: "side")
      let opened = try await bare.opened()
      #expect(try await opened.worktree(on: "main") == nil)
      #expect(try await opened.worktree(on: "side") == directory("linked"))
    }
  }

  /// HEAD shows where a symbolic branch leads.
  @Test func aSymbolicBranchIsCheckedOutWhereItsTargetIs() async throws {
    try await withRepository { _, repository in
      try await repository.commit(["a": "1"])
      try await repository.git("symbolic-ref", "refs/heads/production", "refs/heads/main")
      let opened = try await repository.opened()
      #expect(try await opened.worktree(on: "production") == repository.path)
    }
  }

  /// It has no commit yet, and would show as deleted throughout.
  @Test func aBranchWithoutACommitIsCheckedOut() async throws {
    try await withRepository { _, repository in
      let tip = try CommitID(await repository.commit(["a": "1"]))
      try await repository.git("switch", "-q", "--orphan", "empty")
      let opened = try await repository.opened()
      #expect(try await opened.worktree(on: "empty") == repository.path)
      let error = try await gitError { try await opened.createBranch("empty", at: tip, message: "x") }
      #expect(error?.code == .branchCheckedOut)
    }
  }

  @Test(arguments: [["rebase", "--apply"], ["rebase", "--merge"]])
  func aRebaseThatStoppedHoldsItsBranch(_ command: [String]) async throws {
    try await withRepository { directory, repository in
      try await diverge(repository)
      let linked = try await repository.addWorktree(directory("linked"), branch: "topic")
      for (worktree, branch) in [(repository, "other"), (linked, "topic")] {
        if branch == "other" { try await repository.git("switch", "-q", "other") }
        await #expect(throws: (any Error).self) { try await worktree.git(command[0], command[1], "main") }
        let opened = try await repository.opened()
        #expect(try await worktree.git("branch", "--show-current") == "")
        #expect(try await opened.worktree(on: branch) == worktree.path)
        #expect(try await gitRefuses(branch, in: repository))
        try await worktree.git("rebase", "--abort")
        try await worktree.git("switch", "-q", "--detach")
        #expect(try await opened.worktree(on: branch) == nil)
        #expect(try await !gitRefuses(branch, in: repository))
      }
    }
  }

  /// Branches within the range move when it ends.
  @Test func aRebaseHoldsTheBranchesThatItUpdates() async throws {
    try await withRepository { _, repository in
      try await diverge(repository)
      try await repository.git("switch", "-q", "other")
      try await repository.git("branch", "between")
      try await repository.commit(["b": "1"])
      await #expect(throws: (any Error).self) {
        try await repository.git("rebase", "--update-refs", "main")
      }
      let opened = try await repository.opened()
      #expect(try await opened.worktree(on: "between") == repository.path)
      #expect(try await gitRefuses("between", in: repository))
      #expect(try await opened.worktree(on: "topic") == nil)
    }
  }

  @Test func aBisectHoldsTheBranchThatItStartedOn() async throws {
    try await withRepository { directory, repository in
      for number in 1...4 { try await repository.commit(["a": "\(number)"]) }
      try await repository.git("branch", "side")
      let linked = try await repository.addWorktree(directory("linked"), branch: "side")
      let opened = try await repository.opened()
      for (worktree, branch) in [(repository, "main"), (linked, "side")] {
        try await worktree.git("bisect", "start", "HEAD", "HEAD~3")
        #expect(try await worktree.git("branch", "--show-current") == "")
        #expect(try await opened.worktree(on: branch) == worktree.path)
        #expect(try await gitRefuses(branch, in: repository))
        try await worktree.git("bisect", "reset")
        try await worktree.git("switch", "-q", "--detach")
        #expect(try await opened.worktree(on: branch) == nil)
      }
    }
  }

  /// `topic` and `other` conflict with `main`.
  private func diverge(_ repository: TemporaryGitRepository) async throws {
    try await repository.commit(["a": "1"])
    for branch in ["topic", "other"] {
      try await repository.git("switch", "-q", "-c", branch, "main")
      try await repository.commit(["a": branch])
    }
    try await repository.git("switch", "-q", "main")
    try await repository.commit(["a": "2"])
  }
}
