import GitCheckout
import Model
import Reconciler
import TestSupport
import Testing

@testable import tagkeeper

@Suite struct GitStateSourceTests {
  /// A local branch that nobody brought up looks rewound, and accepting it would bring an old state back.
  @Test func aBranchThatIsBehindItsRemoteIsToldFromARewoundOne() async throws {
    try await withTemporaryDirectory { folder in
      let git = try await TemporaryGitRepository(folder("checkout"))
      try await git.checkOut("production")
      let old = try CommitID(await git.commit(["a": "1"]))
      let new = try CommitID(await git.commit(["a": "2"]))
      try await git.git("checkout", "-q", "--detach")
      try await git.git("branch", "-q", "-f", "production", "\(old)")
      let configuration = try folder.write(
        """
        version: 1
        checkout: \(folder("checkout"))
        registry: https://r.example
        channels: {latest: {branch: production, tag: "{image}-latest"}}
        """, to: "tagkeeper.yaml")
      let workspace = try Workspace(try Arguments(["--config", configuration], for: .plan))
      let repository = try await GitRepository.open(
        folder("checkout"), with: GitProgram(environment: git.environment))
      let source = try await workspace.stateSource(repository)
      #expect(await source.isAncestor(new, of: old) == .notAncestor)
      try await git.git("update-ref", "refs/remotes/origin/production", "\(old)")
      #expect(await source.isAncestor(new, of: old) == .notAncestor)
      try await git.git("update-ref", "refs/remotes/origin/production", "\(new)")
      #expect(
        await source.isAncestor(new, of: old)
          == .unknown(
            "production is behind origin/production: bring it up (git fetch origin production:production, or "
              + "git pull --ff-only where it is checked out), or write branch: origin/production in the configuration"
          ))
      #expect(await source.isAncestor(old, of: new) == .ancestor)
    }
  }
}
