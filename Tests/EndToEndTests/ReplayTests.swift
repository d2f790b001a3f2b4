import LinuxSystem
import Model
import TestSupport
import Testing

/// The .NET build images' real publishes of 2022 to 2024, forth and back, on the real registry.
@Suite(
  .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)),
  .enabled(if: RealRegistry.isExpected, Comment(rawValue: RealRegistry.absence)))
struct ReplayTests {
  /// After every commit one pass, after which the registry holds the publish's tags, all of them and nothing else.
  @Test(.timeLimit(.minutes(10))) func everyPublishAndEveryRevertConverges() async throws {
    try await withTemporaryDirectory { folder in
      try await withRealRegistry { registry in
        let publishes = try Publish.all()
        let deployment = try await Deployment(
          in: folder, registry: registry.address,
          channels: #"production: {branch: production, tag: "{image}"}"#, settings: "poll: 1s\nsweep: 7d")
        var replay = Replay(
          deployment: deployment, standIns: try await Replay.pushStandIns(for: publishes, deployment),
          repositories: Set(publishes.flatMap { $0.tags.keys.map(\.repository) }),
          log: DaemonLog(folder("daemon.log")))
        let daemon = try deployment.startDaemon(["--log-format", "json"])
        do { try await Self.runForthAndBack(publishes, &replay) } catch {
          daemon.kill()
          throw error
        }
        daemon.signal(15)
        #expect(await daemon.wait() == .exited(status: 0))
      }
    }
  }

  private static func runForthAndBack(_ publishes: [Publish], _ replay: inout Replay) async throws {
    var commits: [String] = []
    for publish in publishes {
      commits.append(try await replay.commit(publish))
      try await replay.reconcile(to: publish, number: publish.number)
    }
    #expect(replay.counts.held == [1, 2, 23] + Array(37...44) + [45])
    print("replay of \(publishes.count) publishes: \(replay.counts.line)")

    replay.counts = Replay.Counts()
    for index in commits.indices.dropFirst().reversed() {
      try await replay.revert(commits[index])
      try await replay.reconcile(to: publishes[index - 1], number: publishes[index].number)
    }
    // The revert of the first publish takes the file away: that is held too.
    try await replay.revert(commits[0])
    let (tip, path) = (try await replay.deployment.git.tip(), replay.deployment.git.path)
    try await replay.expectPassHeld(
      "\(path): there is no desired-state/images.yaml in \(tip.prefix(12)): put it back, or mend state: in the configuration",
      1)
    #expect(replay.counts.held == Array((37...44).reversed()) + [23, 10, 8, 3, 2])
    print("replay of \(commits.count) reverts: \(replay.counts.line)")
  }
}

extension Replay.Counts {
  fileprivate var line: String {
    "\(commits) commits, \(moves) moves, \(creates) creates, \(deletes) deletes, \(failures) tried again, held at \(held)"
  }
}
