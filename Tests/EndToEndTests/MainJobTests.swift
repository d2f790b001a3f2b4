import LinuxSystem
import Model
import TestSupport
import Testing

/// The main job with the built program, the real git and the real registry.
@Suite(.enabled(if: RealRegistry.isExpected, Comment(rawValue: RealRegistry.absence)))
struct MainJobTests {
  @Test(.timeLimit(.minutes(10))) func tagsFollowTheBranchAndARevertMovesThemBack() async throws {
    try await withTemporaryDirectory { folder in
      try await withRealRegistry { registry in
        let deployment = try await Deployment(in: folder, registry: registry.address)
        let (first, second) = (try await deployment.push("a1"), try await deployment.push("a2"))
        try await deployment.declare(["a": first, "b": first])
        let daemon = try deployment.startDaemon()
        try await until { try await deployment.tags() == ["a-latest": first, "b-latest": first] }
        try await deployment.declare(["a": second, "b": first])
        try await until { try await deployment.tags() == ["a-latest": second, "b-latest": first] }
        try await deployment.git.revert("HEAD")
        try await until { try await deployment.tags() == ["a-latest": first, "b-latest": first] }
        daemon.signal(15)
        #expect(await daemon.wait() == .exited(status: 0))
      }
    }
  }
}
