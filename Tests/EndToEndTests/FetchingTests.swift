import FoundationEssentials
import Glibc
import LinuxSystem
import Model
import TestSupport
import Testing

/// A checkout that nobody but the daemon fetches into. `production` is the branch of a remote.
struct FetchingTests {
  private static let channels = #"latest: {branch: origin/production, tag: "{image}-latest"}"#
  private static let settings = "poll: 1h\nsweep: 7d\nfetch: {interval: 10s}"

  private func withRemote(_ body: (Deployment, FakeRegistry) async throws -> Void) async throws {
    try await withScriptedDeployment(bare: true, channels: Self.channels, settings: Self.settings, body)
  }

  @Test(.timeLimit(.minutes(10))) func aPushIsAppliedAndABranchThatIsGoneHolds() async throws {
    try await withRemote { deployment, registry in
      let images = [
        try await deployment.push("1"), try await deployment.push("2"), try await deployment.push("3"),
      ]
      try await deployment.declare(["a": images[0]])
      try await deployment.withDaemon { _ in
        try await registry.waitUntil(["a-latest": images[0]])
        try await deployment.declare(["a": images[1]])
        try await registry.waitUntil(["a-latest": images[1]])

        try await deployment.git.git("checkout", "-q", "-b", "elsewhere")
        try await deployment.git.git("branch", "-q", "-D", "production")
        let said =
          "the remote origin has no branch \"production\": push it there, or mend branch: origin/production in the "
          + "configuration\n"
        try await until { deployment.log.contains("latest: held, nothing is changed: \(said)") }
        #expect(deployment.log.contains(" warning \(said)"))
        #expect(try registry.tags == ["a-latest": images[1]])

        try await deployment.git.git("checkout", "-q", "-b", "production")
        try await until { deployment.log.contains(" info    origin/production is back at the remote\n") }
        try await deployment.declare(["a": images[2]])
        try await registry.waitUntil(["a-latest": images[2]])
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aRemoteThatIsAwayHoldsNothingAndOneThatWasRewoundHolds() async throws {
    try await withRemote { deployment, registry in
      let (first, second) = (try await deployment.push("1"), try await deployment.push("2"))
      try await deployment.declare(["a": first])
      let old = try await deployment.git.tip()
      try await deployment.declare(["a": second])
      let remote = deployment.folder("remote")
      try FileManager.default.createSymbolicLink(atPath: remote, withDestinationPath: deployment.git.path)
      try await deployment.git.git("-C", deployment.checkout, "remote", "set-url", "origin", remote)
      try await deployment.withDaemon { daemon in
        try await registry.waitUntil(["a-latest": second])
        // The first pass may have been held until the first fetch.
        let holds = deployment.log.ranges(of: "held").count
        try deployment.folder.remove("remote")
        try await until {
          deployment.log.contains(#/ warning can't fetch origin/production, last fetched \d+s ago: fatal: /#)
        }
        // Passes go on.
        let asked = registry.count("HEAD")
        daemon.signal(SIGHUP)
        try await until { registry.count("HEAD") > asked }
        #expect(deployment.log.ranges(of: "held").count == holds, "\(deployment.log)")

        try await deployment.git.git("reset", "-q", "--hard", old)
        try FileManager.default.createSymbolicLink(atPath: remote, withDestinationPath: deployment.git.path)
        try await until {
          deployment.log.contains("latest: held, nothing is changed: branch origin/production was rewound")
        }
        try await until { deployment.log.contains(#/ info    the remote answers again, after \d+s\n/#) }
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aFetchThatHangsDelaysNoPassAndEndsWithTheDaemon() async throws {
    try await withRemote { deployment, registry in
      let image = try await deployment.push("1")
      try await deployment.declare(["a": image])
      let ssh = try HangingSSH(in: deployment.folder)
      let daemon = try deployment.startDaemon(environment: ["GIT_SSH_COMMAND": ssh.command])
      try await registry.waitUntil(["a-latest": image])
      try await deployment.git.git([
        "-C", deployment.checkout, "remote", "set-url", "origin", "ssh://git.example/prereqs.git",
      ])
      daemon.signal(SIGHUP)
      try await ssh.waitUntilGone(afterStart: {
        let asked = registry.count("HEAD")
        daemon.signal(SIGHUP)
        while registry.count("HEAD") == asked { usleep(5000) }
        daemon.signal(SIGTERM)
      })
      #expect(await daemon.wait() == .exited(status: 0))
      #expect(deployment.log.hasSuffix(" stopped\n"), "\(deployment.log)")
      #expect(!deployment.log.contains("can't fetch"), "\(deployment.log)")
    }
  }

  /// The clone has the commit that was reverted while no daemon ran.
  @Test(.timeLimit(.minutes(10))) func whatWasRevertedBeforeTheStartIsNotApplied() async throws {
    try await withRemote { deployment, registry in
      let (first, second) = (try await deployment.push("1"), try await deployment.push("2"))
      try await deployment.declare(["a": first])
      try await deployment.declare(["a": second])
      try await deployment.git.git(
        "-C", deployment.checkout, "fetch", "-q", "origin",
        "+refs/heads/production:refs/remotes/origin/production")
      try await deployment.git.git("revert", "--no-edit", "HEAD")
      // A remote that takes longer than a first pass.
      let slow = try deployment.folder.write(
        "sleep 2\nfor command; do :; done\nexec sh -c \"$command\"\n", to: "slow-ssh")
      try await deployment.git.git(
        "-C", deployment.checkout, "remote", "set-url", "origin",
        "ssh://git.example\(deployment.git.path)")
      let before = registry.requests.count { $0.method == "PUT" }
      try await deployment.withDaemon(environment: ["GIT_SSH_COMMAND": "sh \(slow)"]) { _ in
        try await registry.waitUntil(["a-latest": first])
      }
      #expect(registry.requests.count { $0.method == "PUT" } == before + 1)
      #expect(!deployment.log.contains("error"), "\(deployment.log)")
    }
  }

  @Test(.timeLimit(.minutes(10))) func planAndApplyFetchNothing() async throws {
    try await withRemote { deployment, registry in
      let image = try await deployment.push("1")
      let tip = try await deployment.declare(["a": image])
      let bare = ["-C", deployment.checkout]
      try await deployment.git.git(
        bare + ["fetch", "-q", "origin", "+refs/heads/production:refs/remotes/origin/production"])
      try await deployment.declare(["a": try await deployment.push("2")])
      #expect(try await deployment.plan().commit == "\(tip)")
      // A local branch of that name is nobody's push.
      try await deployment.git.git(bare + ["branch", "origin/production", "HEAD"])
      let shadowed = try await deployment.tagkeeper("plan")
      #expect(shadowed.status == 1 && shadowed.output.contains("hides what is fetched: rename it"))
      try await deployment.git.git(bare + ["branch", "-D", "origin/production"])
      #expect(try await deployment.apply().status == 0)
      #expect(try registry.tags == ["a-latest": image])
    }
  }
}
