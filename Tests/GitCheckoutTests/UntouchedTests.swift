import GitCheckout
import Model
import TestSupport
import Testing

/// Every call that writes, from a checkout and from a linked worktree, leaves both as they are.
@Suite(.timeLimit(.minutes(10))) struct UntouchedTests {
  @Test(arguments: ["repository", "linked"], ["sha1", "sha256"])
  func dirtyWorktreesStayAsTheyAre(_ from: String, _ format: String) async throws {
    try await withRepository(objectFormat: format) { directory, repository in
      let tip = try CommitID(await repository.commit(["state/images.yaml": "1", "a": "1"]))
      try await repository.git("branch", "rollout")
      let linked = try await repository.addWorktree(directory("linked"), branch: "rollout")
      try await linked.git("switch", "-q", "--detach")
      try await repository.makeDirty()
      try directory.write("dirty", to: "linked/state/images.yaml")
      try directory.write("staged", to: "linked/a")
      try await linked.git("add", "a")
      let other = try await Surroundings(of: linked)
      #expect(other.status == "M  a\n M state/images.yaml")

      try await repository.expectUntouched {
        let opened = try await (from == "linked" ? linked : repository).opened()
        let first = try await opened.write(
          CommitDraft(
            parents: [tip], start: .commit(tip), changes: ["state/images.yaml": .write(Array("2".utf8))],
            message: "first"))
        try await opened.updateBranch("rollout", from: tip, to: first, message: "x")
        try await opened.createBranch("hotfix/now", at: tip, message: "x")
        let merge = try await opened.mergeTrees(base: tip, ours: tip, theirs: first, leavingOut: [])
        #expect(merge == .merged(try await opened.tree(of: first)))
        try await opened.registerMergeDriver(
          try MergeDriver(name: "tagkeeper", title: "t", command: "false", pattern: "/state/images.yaml"))
        #expect(try await opened.worktree(on: "rollout") == nil)
        #expect(try await opened.worktree(on: "elsewhere") == repository.path)
        #expect(try await opened.commit(first).message == "first\n")
        #expect(try await repository.tip("rollout") == "\(first)")
        #expect(try await repository.tip("hotfix/now") == "\(tip)")
      }
      #expect(try await Surroundings(of: linked) == other)
    }
  }
}
