import FoundationEssentials
import GitCheckout
import Model
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct BranchWritingTests {
  @Test(arguments: ["sha1", "sha256"])
  func aBranchIsMadeAndMoved(_ format: String) async throws {
    try await withRepository(objectFormat: format) { _, repository in
      let first = try CommitID(await repository.commit(["a": "1"]))
      let second = try CommitID(await repository.commit(["a": "2"]))
      try await repository.makeDirty()
      let opened = try await repository.opened()
      try await repository.expectUntouched {
        try await opened.createBranch("rollout/2026-01-01", at: first, message: "tagkeeper cut: made\nhere")
        #expect(try await opened.tip("rollout/2026-01-01") == "\(first)")
        try await opened.updateBranch(
          "rollout/2026-01-01", from: first, to: second, message: "tagkeeper cut: again")
        #expect(try await opened.tip("rollout/2026-01-01") == "\(second)")
        #expect(
          try await repository.git("log", "-g", "--format=%gs %gn", "rollout/2026-01-01")
            == "tagkeeper cut: again Cy\ntagkeeper cut: made here Cy")
      }
    }
  }

  /// A reflog that exists goes on in a bare repository, which makes none.
  @Test func reflogsAreWrittenWhereTheRepositoryKeepsThem() async throws {
    try await withRepository { directory, repository in
      let tip = try CommitID(await repository.commit(["a": "1"]))
      let bare = try await repository.clone(to: directory("bare"), "--bare")
      try directory.write("", to: "bare/logs/refs/heads/kept")
      let opened = try await bare.opened()
      for branch in ["kept", "none"] { try await opened.createBranch(branch, at: tip, message: "made") }
      #expect(try directory.read("bare/logs/refs/heads/kept").hasSuffix("\tmade\n"))
      #expect(!directory.exists("bare/logs/refs/heads/none"))
      // Its HEAD is no worktree's.
      let next = try await opened.write(
        CommitDraft(parents: [tip], start: .commit(tip), changes: ["b": .write([])], message: "next"))
      try await opened.updateBranch("main", from: tip, to: next, message: "moved")
      #expect(try await bare.tip("main") == "\(next)")
    }
  }

  @Test func aReflogNeedsNoIdentity() async throws {
    try await withRepository { _, repository in
      let tip = try CommitID(await repository.commit(["a": "1"]))
      let opened = try await repository.openedWithoutIdentity()
      try await opened.createBranch("side", at: tip, message: "x")
      #expect(try await opened.tip("side") == "\(tip)")
    }
  }

  @Test func refusalsAreToldApart() async throws {
    try await withRepository { directory, repository in
      let first = try CommitID(await repository.commit(["a": "1"]))
      let second = try CommitID(await repository.commit(["a": "2"]))
      try await repository.git("branch", "taken", "\(second)")
      let opened = try await repository.opened()
      let path = repository.path
      let there = "it is at \(second.short)"

      let exists = try await gitError { try await opened.createBranch("taken", at: first, message: "x") }
      #expect(exists?.code == .branchExists)
      #expect(
        exists?.description
          == "\(path): there is a branch taken already, \(there): choose another name"
      )

      let within = try await gitError { try await opened.createBranch("taken/too", at: first, message: "x") }
      #expect(within?.code == .branchExists)
      #expect(
        within?.description == """
          \(path): git update-ref failed: fatal: update_ref failed for ref 'refs/heads/taken/too': cannot lock ref \
          'refs/heads/taken/too': 'refs/heads/taken' exists; cannot create 'refs/heads/taken/too': choose a name that \
          is neither a folder of another nor within one
          """)

      let moved = try await gitError {
        try await opened.updateBranch("taken", from: first, to: first, message: "x")
      }
      #expect(moved?.code == .branchMoved)
      #expect(
        moved?.description == "\(path): taken moved away from \(first.short) meanwhile, \(there): try again")
      let gone = try await gitError {
        try await opened.updateBranch("gone", from: first, to: second, message: "x")
      }
      #expect(gone?.code == .branchMoved)
      #expect(
        gone?.description == "\(path): gone moved away from \(first.short) meanwhile, it is gone: try again")

      let checkedOut = try await gitError {
        try await opened.updateBranch("main", from: second, to: first, message: "x")
      }
      #expect(checkedOut?.code == .branchCheckedOut)
      #expect(
        checkedOut?.description == """
          \(path): main is checked out, or being rebased or bisected, in \(path): commit there, or switch it to \
          another branch first
          """)

      try directory.write("", to: "repository/.git/refs/heads/taken.lock")
      let locked = try await gitError {
        try await opened.updateBranch("taken", from: second, to: first, message: "x")
      }
      #expect(locked?.code == .branchLocked)
      #expect(
        locked?.description == """
          \(path): another git is writing taken, or died while it did: try again; if no git runs there, remove \
          refs/heads/taken.lock
          """)
      #expect(try await opened.tip("taken") == "\(second)")
    }
  }

  /// By the time one looks, it is where it was again.
  @Test func aBranchThatMovedAndCameBackHasMoved() async throws {
    try await withRepository { directory, repository in
      let tip = try CommitID(await repository.commit(["a": "1"]))
      try await repository.git("branch", "side")
      let git = try await directory.script(
        "git",
        #"case "$*" in *update-ref*) echo "fatal: is at 1 but expected 2" >&2; exit 128;; esac; exec git "$@""#
      )
      let program = GitProgram(executable: git, environment: repository.environment)
      let opened = try await GitRepository.open(repository.path, with: program)
      let error = try await gitError {
        try await opened.updateBranch("side", from: tip, to: tip, message: "x")
      }
      #expect(error?.code == .branchMoved)
    }
  }

  @Test func hooksThatRefuseAndMissingCommitsAreTold() async throws {
    try await withRepository { directory, repository in
      let tip = try CommitID(await repository.commit(["a": "1"]))
      let opened = try await repository.opened()
      let absent = try commit(1)
      let missing = try await gitError { try await opened.createBranch("x", at: absent, message: "x") }
      #expect(missing?.code == .notWritten)
      #expect(missing?.problem.hasSuffix("with nonexistent object \(absent)") == true)
      _ = try await directory.script("repository/.git/hooks/reference-transaction", "exit 1")
      let refused = try await gitError { try await opened.createBranch("x", at: tip, message: "x") }
      #expect(refused?.code == .notWritten)
      #expect(
        refused?.description
          == "\(repository.path): git update-ref failed: fatal: ref updates aborted by hook")
      #expect(try await opened.tip("x") == nil)
    }
  }

  /// Every hook leaves a mark: only the one that git runs for any ref does.
  @Test func noOtherHookRuns() async throws {
    try await withRepository { directory, repository in
      let tip = try CommitID(await repository.commit(["a": "1"]))
      for hook in [
        "pre-commit", "commit-msg", "prepare-commit-msg", "post-commit", "post-rewrite", "update",
        "post-update", "pre-auto-gc", "post-index-change", "reference-transaction",
      ] {
        _ = try await directory.script(
          "repository/.git/hooks/\(hook)", "echo \(hook) >> '\(directory("ran"))'")
      }
      let opened = try await repository.opened()
      let next = try await opened.write(
        CommitDraft(parents: [tip], start: .commit(tip), changes: ["b": .write([])], message: "next"))
      _ = try await opened.mergeTrees(base: tip, ours: tip, theirs: next, leavingOut: [])
      #expect(!directory.exists("ran"))
      try await opened.createBranch("x", at: next, message: "x")
      #expect(Set(try directory.read("ran").split(separator: "\n")) == ["reference-transaction"])
    }
  }

  @Test(arguments: ["", "a b", "-x", "HEAD", "refs/heads/x", "x.lock"])
  func whatIsNoBranchIsRefused(_ name: String) async throws {
    try await withRepository { _, repository in
      let tip = try CommitID(await repository.commit(["a": "1"]))
      let opened = try await repository.opened()
      let error = try await gitError { try await opened.createBranch(name, at: tip, message: "x") }
      #expect(error?.code == .badRevision)
      #expect(
        error?.remedy == "write it without refs/heads/, such as main or release/8.0")
      #expect(try await repository.git("for-each-ref", "--format=%(refname)") == "refs/heads/main")
    }
  }

  /// Many writers of one branch: one wins, the others learn that it moved, and none is lost when they retry.
  @Test func ofConcurrentUpdatesOneWins() async throws {
    try await withRepository { _, repository in
      let tip = try CommitID(await repository.commit(["a": "1"]))
      try await repository.git("branch", "busy")
      let opened = try await repository.opened()
      let writers = 6
      let codes = try await withThrowingTaskGroup(of: GitError.Code?.self) { group in
        for number in 0..<writers {
          group.addTask {
            let next = try await opened.write(
              CommitDraft(
                parents: [tip], start: .commit(tip), changes: ["f\(number)": .write([])], message: "\(number)"
              ))
            return try await gitError {
              try await opened.updateBranch("busy", from: tip, to: next, message: "x")
            }?.code
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(codes.count { $0 == nil } == 1)
      #expect(codes.count { $0 == .branchMoved } == writers - 1)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<writers {
          group.addTask { try await append("r\(number)", to: "busy", of: opened) }
        }
        try await group.waitForAll()
      }
      #expect(try await repository.git("rev-list", "--count", "busy", "^main") == "\(writers + 1)")
      #expect(try await repository.git("ls-tree", "--name-only", "busy", "r0", "r5") == "r0\nr5")
    }
  }
}

private func append(_ file: String, to branch: String, of repository: GitRepository) async throws {
  while true {
    let tip = try #require(try await repository.resolve(branch)?.commit)
    let next = try await repository.write(
      CommitDraft(parents: [tip], start: .commit(tip), changes: [file: .write([])], message: file))
    let error = try await gitError {
      try await repository.updateBranch(branch, from: tip, to: next, message: "x")
    }
    guard let error else { return }
    guard error.code == .branchMoved else { throw error }
  }
}
