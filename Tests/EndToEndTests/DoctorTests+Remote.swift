import TestSupport
import Testing

/// What `tagkeeper doctor` says of the remote that is fetched.
@Suite(.timeLimit(.minutes(10))) struct RemoteDoctorTests {
  private static let channels = """
    staging: {branch: origin/main, tag: "{image}-staging"}
      latest: {branch: origin/production, tag: "{image}-latest"}
    """

  /// The lines of `doctor` about the remote.
  private func lines(_ deployment: Deployment) async throws -> [String] {
    let finished = try await deployment.tagkeeper("doctor")
    return finished.output.split(separator: "\n").map(String.init).filter { $0.contains(" remote origin ") }
  }

  @Test func whatIsThereWhatIsGoneAndWhatCanNotBeReached() async throws {
    try await withScriptedDeployment(bare: true, channels: Self.channels, settings: "fetch: true") {
      deployment, _ in
      #expect(try await lines(deployment) == ["ok    remote origin    has main, production"])

      try await deployment.git.checkOut("main")
      try await deployment.git.git("branch", "-q", "-D", "production")
      #expect(
        try await lines(deployment) == [
          "FAIL  remote origin    the remote origin has no branch \"production\": push it there, or mend branch: "
            + "origin/production in the configuration",
          "ok    remote origin    has main",
        ])

      let checkout = deployment.checkout
      try await deployment.git.git("-C", checkout, "branch", "origin/main", "main")
      #expect(
        try await lines(deployment).contains(
          "FAIL  remote origin    the local branch origin/main hides what is fetched: rename it: git branch -m "
            + "origin/main NAME"))

      try await deployment.git.git("-C", checkout, "remote", "set-url", "origin", deployment.folder("gone"))
      #expect(
        try await lines(deployment) == [
          "FAIL  remote origin    it can't be reached: fatal: '\(deployment.folder("gone"))' does not appear to be a git "
            + "repository; fatal: Could not read from remote repository.: see that this works as the user that runs "
            + "tagkeeper: git -C \(checkout) ls-remote origin"
        ])
    }
  }
}
