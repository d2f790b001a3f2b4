import Glibc
import LinuxSystem
import Model
import Registry
import TestSupport
import Testing

/// State files that must not be applied: each is reported whole, and holds the pass before anything is asked.
@Suite struct BadStateTests {
  @Test(.timeLimit(.minutes(10)), arguments: BadState.all)
  func isReportedAndHeld(_ state: BadState) async throws {
    try await withFakeDeployment { deployment, registry, _ in
      try await deployment.git.commit(["desired-state/images.yaml": state.text])
      let at = "production at \(try await deployment.git.tip().prefix(12))"

      let validated = try await deployment.tagkeeper("validate", "--rev", "production")
      let count = "\(state.errorCount) error\(state.errorCount == 1 ? "" : "s")"
      #expect(validated.output == "\(state.report)\n\(at): \(count)\n")
      #expect(validated.errors == "" && validated.status == 1)

      let applied = try await deployment.tagkeeper("apply", "--channel", "latest")
      let indented = state.report.split(separator: "\n").map { "  \($0)\n" }.joined()
      #expect(applied.output == "latest: \(at)\n! held: nothing was changed\n\(indented)")
      #expect(applied.errors == "" && applied.status == 1)
      #expect(registry.requests.isEmpty)
    }
  }

  @Test(.timeLimit(.minutes(10))) func bytesThatAreNotUTF8() async throws {
    try await withFakeDeployment { deployment, _, folder in
      let path = folder("checkout/desired-state/images.yaml")
      try await deployment.git.commit(["desired-state/images.yaml": ""])
      let text = "version: 1\nrepositories:\n  team/app: {} # "
      try FileReplacement.replace(path, with: Array(text.utf8) + [0xE9, 0x0A])
      try await deployment.git.commit()
      let applied = try await deployment.tagkeeper("apply", "--channel", "latest")
      #expect(
        applied.output == """
          latest: production at \(try await deployment.git.tip().prefix(12))
          ! held: nothing was changed
            desired-state/images.yaml:3:18: error: the byte 0xE9 is not UTF-8
              |   team/app: {} # \u{FFFD}
              |                  ^
              fix: save the file as UTF-8

          """)
      #expect(applied.status == 1)
    }
  }

  @Test(.timeLimit(.minutes(10))) func aFileOver64MiB() async throws {
    try await withFakeDeployment { deployment, _, folder in
      try await deployment.git.commit(["desired-state/images.yaml": ""])
      #expect(truncate(folder("checkout/desired-state/images.yaml"), (64 << 20) + 1) == 0)
      try await deployment.git.commit()
      let applied = try await deployment.tagkeeper("apply", "--channel", "latest")
      #expect(
        applied.output == """
          latest: production at \(try await deployment.git.tip().prefix(12))
          ! held: nothing was changed
            \(folder("checkout")): desired-state/images.yaml has 67108865 bytes, and 67108864 are allowed: split it: state: may be a folder of *.yaml

          """)
      #expect(applied.status == 1)
    }
  }

  @Test(.timeLimit(.minutes(10))) func aFileThatIsNotThere() async throws {
    try await withFakeDeployment { deployment, _, folder in
      let reason =
        "\(folder("checkout")): there is no desired-state/images.yaml in \(try await deployment.git.tip().prefix(12)): "
        + "put it back, or mend state: in the configuration"
      let applied = try await deployment.tagkeeper("apply", "--channel", "latest")
      #expect(
        applied.output == """
          latest: production at \(try await deployment.git.tip().prefix(12))
          ! held: nothing was changed
            \(reason)

          """)
      #expect(applied.status == 1)
      let validated = try await deployment.tagkeeper("validate", "--rev", "production")
      #expect(validated.errors == "tagkeeper: \(reason)\n" && validated.status == 1)
    }
  }
}

/// Calls `body` with a deployment on a registry in memory, which has the images `one`, `two` and `three` in `team/app`.
func withFakeDeployment(
  settings: String = "", _ body: (Deployment, FakeRegistry, TemporaryDirectory) async throws -> Void
) async throws {
  try await withTemporaryDirectory { folder in
    let registry = try FakeRegistry()
    let deployment = try await Deployment(in: folder, registry: registry.address, settings: settings)
    for name in ["one", "two", "three"] {
      registry.store(ImagePusher.manifest(name), in: deployment.team)
    }
    try await body(deployment, registry, folder)
  }
}
