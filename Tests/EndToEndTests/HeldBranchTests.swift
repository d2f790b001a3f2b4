import FoundationEssentials
import Model
import TestSupport
import Testing

/// What holds a running daemon, what it says, and what lets it go on.
struct HeldBranchTests {
  private static let quick = "poll: 1s\nsweep: 7d"

  @Test(.timeLimit(.minutes(10))) func aRewoundBranchWaitsForAPerson() async throws {
    try await withScriptedDeployment(settings: Self.quick) { deployment, registry in
      let (first, second, third) = (
        try await deployment.push("1"), try await deployment.push("2"), try await deployment.push("3")
      )
      let old = try await deployment.declare(["a": first])
      let applied = try await deployment.declare(["a": second])
      try await deployment.withDaemon { _ in
        try await registry.waitUntil(["a-latest": second])
        try await deployment.git.git("checkout", "-q", "-b", "replacement", "\(old)")
        let tip = try await deployment.declare(["a": third])
        try await deployment.git.git("branch", "-q", "-f", "production", "replacement")
        let hold =
          "latest: held, nothing is changed: branch production was rewound: the applied commit \(applied.short) is no "
          + "ancestor of its tip \(tip.short); if that is meant, run: tagkeeper accept --channel latest "
          + "--config \(deployment.folder("tagkeeper.yaml")) --state-dir \(deployment.folder("state")) \(tip)"
        try await until { deployment.log.contains(hold) }
        #expect(try registry.tags == ["a-latest": second])

        let accepted = try await deployment.tagkeeper("accept", "--channel", "latest", "\(tip)")
        #expect(accepted.status == 0, "\(accepted.errors)")
        try await registry.waitUntil(["a-latest": third])
        try await deployment.git.checkOut("production")
        try await deployment.git.revert("HEAD")
        try await registry.waitUntil(["a-latest": first])
      }
      #expect(deployment.log.ranges(of: "latest: held").count == 1)
    }
  }

  @Test(.timeLimit(.minutes(10))) func aVanishedBranchChangesNothingUntilItIsBack() async throws {
    try await withScriptedDeployment(settings: Self.quick) { deployment, registry in
      let (first, second) = (try await deployment.push("1"), try await deployment.push("2"))
      try await deployment.declare(["a": first, "b": first])
      try await deployment.withDaemon { _ in
        try await registry.waitUntil(["a-latest": first, "b-latest": first])
        try await deployment.git.git("checkout", "-q", "-b", "elsewhere")
        try await deployment.git.git("branch", "-q", "-D", "production")
        let hold =
          "latest: held, nothing is changed: \(deployment.checkout): there is no branch \"production\", "
          + "neither refs/heads/production nor refs/remotes/production"
        try await until { deployment.log.contains(hold) }
        #expect(try registry.tags == ["a-latest": first, "b-latest": first])

        try await deployment.git.git("branch", "-q", "production")
        try await until { deployment.log.contains("latest: no longer held") }
        try await deployment.git.checkOut("production")
        try await deployment.declare(["a": second, "b": first])
        try await registry.waitUntil(["a-latest": second, "b-latest": first])
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aBrokenStateFileIsHeldUntilItIsMended() async throws {
    try await withScriptedDeployment(settings: Self.quick) { deployment, registry in
      let (first, second) = (try await deployment.push("1"), try await deployment.push("2"))
      try await deployment.declare(["a": first])
      try await deployment.withDaemon { _ in
        try await registry.waitUntil(["a-latest": first])
        let broken = """
          version: 1
          repositories:
            team/app:
              a:
                digest: \(second)
              b:
                digset: \(second)
          """
        try await deployment.git.commit(["desired-state/images.yaml": broken])
        let hold =
          "latest: held, nothing is changed: desired-state/images.yaml:6:5: error: the image has no \"digest\""
        try await until { deployment.log.contains(hold) }
        #expect(try registry.tags == ["a-latest": first])

        try await deployment.declare(["a": second, "b": second])
        try await registry.waitUntil(["a-latest": second, "b-latest": second])
        try await until { deployment.log.contains("latest: no longer held") }
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aCheckoutThatIsClonedAnewIsFollowedAgain() async throws {
    try await withScriptedDeployment(settings: Self.quick) { deployment, registry in
      let (first, second) = (try await deployment.push("1"), try await deployment.push("2"))
      try await deployment.declare(["a": first])
      let server = try await deployment.git.clone(to: deployment.folder("server.git"), "--bare")
      try await deployment.withDaemon { _ in
        try await registry.waitUntil(["a-latest": first])
        try deployment.folder.remove("checkout")
        try await until { deployment.log.contains("latest: held, nothing is changed: ") }
        #expect(try registry.tags == ["a-latest": first])

        let clone = try await server.clone(to: deployment.checkout, "--branch", "production")
        try await until { deployment.log.contains("latest: no longer held") }
        let text = try deployment.folder.read("checkout/desired-state/images.yaml")
        try await clone.commit(
          ["desired-state/images.yaml": text.replacing("\(first)", with: "\(second)")])
        try await registry.waitUntil(["a-latest": second])
      }
    }
  }
}
