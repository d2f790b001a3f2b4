import GitCheckout
import LinuxSystem
import Model
import TestSupport
import Testing

@testable import tagkeeper

@Suite struct CutFreshnessTests {
  /// A branch that somebody brings up meanwhile must not count as the old one here, as the new one there.
  @Test func aBranchThatMovesMeanwhileIsJudgedAsItWas() async throws {
    try await withTemporaryDirectory { folder in
      let git = try await TemporaryGitRepository(folder("checkout"))
      try await git.checkOut("production")
      let old = try await git.commit(["images.yaml": "version: 1\n"])
      try await git.checkOut("week")
      let message = "cut\n\nRollout-Onto: \(old)\nRollout-Channel: latest\n"
      let cut = try CommitID(try await git.commit(["images.yaml": "version: 1\n#\n"], message: message))
      try await git.git("checkout", "-q", "--detach", old)
      let new = try await git.commit(["images.yaml": "version: 1\n# new\n"])
      try await git.git("update-ref", "refs/remotes/origin/production", new)

      let program = try await folder.git(
        thatFirst: "update-ref refs/heads/production \(new)", in: folder("checkout"))
      let repository = try await GitRepository.open(
        folder("checkout"), with: GitProgram(executable: program, environment: git.environment))
      let configuration = try folder.write(
        """
        version: 1
        checkout: \(folder("checkout"))
        state: images.yaml
        registry: https://r.example
        channels: {latest: {branch: production, tag: "{image}-latest"}}
        """, to: "tagkeeper.yaml")
      let workspace = try Workspace(try Arguments(["--config", configuration], for: .plan))
      let freshness = CutFreshness(repository, workspace, workspace.channels)
      let error = await #expect(throws: CommandFailure.self) { try await freshness.check(cut) }
      #expect(error?.message.contains("production is behind origin/production") == true)
      // The branch did move, and the cut is old there.
      #expect(try await git.tip("production") == new)
      await #expect(throws: CommandFailure.self) { try await freshness.check(cut) }
    }
  }
}

extension TemporaryDirectory {
  /// A git that does something to `repository` before it first walks a history; its path. Another process writes it:
  /// nobody can execute a file that a child of ours still has open for writing.
  fileprivate func git(thatFirst command: String, in repository: String) async throws -> String {
    let path = self("git")
    let script = """
      #!/bin/sh
      case " $* " in
        *' log '*) [ -e '\(path).done' ] || { : > '\(path).done'; git -C '\(repository)' \(command); } ;;
      esac
      exec git "$@"

      """
    let writer = Command(
      "/bin/sh", ["-c", "cat > \"$0\" && chmod 755 \"$0\"", path], environment: ["PATH": "/usr/bin:/bin"])
    let written = try await ChildProcess.run(writer, input: Array(script.utf8), timeout: .seconds(30))
    #expect(written.termination.isSuccess)
    return path
  }
}
