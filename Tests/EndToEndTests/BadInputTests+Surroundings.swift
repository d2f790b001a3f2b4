import FoundationEssentials
import Glibc
import LinuxSystem
import Model
import Registry
import TestSupport
import Testing

/// What is wrong around the state: configuration, registry, checkout, state directory.
@Suite(.timeLimit(.minutes(10))) struct BadSurroundingsTests {
  let one = ImagePusher.manifest("one")

  // Configuration

  @Test func noConfiguration() async throws {
    try await withTemporaryDirectory { folder in
      let none = try await tagkeeper("plan", in: folder)
      #expect(
        none.errors == """
          tagkeeper: there is no configuration: tried ./tagkeeper.yaml and /etc/tagkeeper/tagkeeper.yaml; \
          name one with --config or $TAGKEEPER_CONFIG, or write one with tagkeeper init

          """)
      #expect(none.status == 1 && none.output == "")
      let named = try await tagkeeper("plan", in: folder, environment: ["TAGKEEPER_CONFIG": "x.yaml"])
      #expect(
        named.errors
          == "tagkeeper: x.yaml can't be read: check the path and its mode, or write one with tagkeeper init\n"
      )
      #expect(named.status == 1)
    }
  }

  @Test func everyErrorOfTheConfigurationIsTold() async throws {
    try await withTemporaryDirectory { folder in
      try folder.write(
        """
        version: 1
        checkout: .
        registry: http://registry.example.com
        channel:
          latest: {branch: production, tag: "{image}-latest"}
        """, to: "tagkeeper.yaml")
      for command in ["plan", "apply", "run", "validate"] {
        let finished = try await tagkeeper(command, in: folder)
        #expect(
          finished.errors == """
            tagkeeper: ./tagkeeper.yaml:1:1: error: the configuration has no "channels"
              | version: 1
              | ^
              fix: write channels: and below it latest: {branch: production, tag: "{image}-latest"}
            ./tagkeeper.yaml:3:11: error: http://registry.example.com would be reached without encryption
              | registry: http://registry.example.com
              |           ^
              fix: write https://, or plainHTTP: true where that is meant
            ./tagkeeper.yaml:4:1: error: "channel" is not a key of the configuration
              | channel:
              | ^
              fix: did you mean "channels"?

            """, "\(command)")
        #expect(finished.status == 1 && finished.output == "")
      }
    }
  }

  @Test func aPasswordThatIsNotSet() async throws {
    try await withFakeDeployment(settings: "username: keeper\npasswordEnv: NO_SUCH_PASSWORD") {
      deployment, registry, _ in
      let finished = try await deployment.tagkeeper("apply")
      #expect(
        finished.errors
          == "tagkeeper: the environment variable NO_SUCH_PASSWORD is not set: the configuration names it for the registry\n"
      )
      #expect(finished.status == 1 && registry.requests.isEmpty)
    }
  }

  // Registry

  @Test func aRegistryThatIsDown() async throws {
    try await withTemporaryDirectory { folder in
      let port = try ClosedPort()
      let deployment = try await Deployment(in: folder, registry: .init(port.url), settings: "")
      try await deployment.declare(["a": one.digest, "b": one.digest])
      let at = try await deployment.git.tip().prefix(12)
      let host = "127.0.0.1:\(port.number)"
      for (command, was) in [("plan", "would be"), ("apply", "was")] {
        let finished = try await deployment.tagkeeper(command, "--channel", "latest")
        // The rest of the line is libcurl's.
        let start = """
          latest: production at \(at)
          ! held: nothing \(was) changed
            HEAD \(host)/v2/team/app/manifests/a-latest: can't connect: 
          """
        #expect(finished.output.hasPrefix(start), "\(finished.output)")
        #expect(!finished.output.contains(" ms"))
        #expect(finished.output.split(separator: "\n").count == 3)
        #expect(finished.status == 1 && finished.errors == "")
      }
    }
  }

  @Test(arguments: [
    (200, #"answered 200 with the content type "text/html", which is no manifest's; check"#),
    (404, "answered 404 with a page of HTML, which is not a registry's; check"),
  ])
  func aPageInsteadOfARegistry(_ status: Int, _ said: String) async throws {
    try await withFakeDeployment { deployment, registry, _ in
      registry.configure {
        $0.override = { _ in .response(status, [("Content-Type", "text/html")], body: "<html>") }
      }
      try await deployment.declare(["a": one.digest])
      let host = deployment.registry.address.authority
      let finished = try await deployment.tagkeeper("apply", "--channel", "latest")
      #expect(
        finished.output == """
          latest: production at \(try await deployment.git.tip().prefix(12))
          ! held: nothing was changed
            HEAD \(host)/v2/team/app/manifests/a-latest: \(said) whether a proxy or a portal stands before \(host)

          """)
      #expect(finished.status == 1)
      #expect(registry.count("PUT") == 0 && registry.count("DELETE") == 0)
    }
  }

  @Test func aRepositoryThatDoesNotExist() async throws {
    try await withFakeDeployment { deployment, registry, _ in
      let other = try RepositoryName("team/other")
      try await deployment.declare(["a": one.digest], in: other)
      let at = try await deployment.git.tip().prefix(12)
      let host = deployment.registry.address.authority
      let planned = try await deployment.tagkeeper("plan", "--channel", "latest")
      #expect(
        planned.output == """
          latest: production at \(at)
          ! team/other:a-latest  blocked: \(one.digest) is not in \(host)/team/other; push the image there, or declare another digest
          Plan: 0 to create, 0 to move, 0 to delete, 1 blocked, 0 in sync.

          """)
      let applied = try await deployment.tagkeeper("apply", "--channel", "latest")
      #expect(
        applied.output == """
          latest: production at \(at)
          ! team/other:a-latest  blocked: \(one.digest) is not in \(host)/team/other; push the image there, or declare another digest
          Applied: 0 created, 0 moved, 0 deleted, 1 blocked, 0 failed, 0 in sync.

          """)
      #expect(planned.status == 1 && applied.status == 1)
      #expect(registry.count("PUT") == 0)
    }
  }

  // Checkout

  @Test func aCheckoutThatIsNoRepository() async throws {
    try await withFakeDeployment { deployment, _, folder in
      let text = try folder.read("tagkeeper.yaml").replacing(folder("checkout"), with: folder("elsewhere"))
      try folder.write(text, to: "tagkeeper.yaml")
      try folder.write("", to: "elsewhere/file")
      for command in ["plan", "apply", "run", "validate"] {
        let finished = try await deployment.tagkeeper(command)
        #expect(
          finished.errors == """
            tagkeeper: \(folder("elsewhere")): is not a git repository: set checkout: to the top of a git checkout, \
            or to a bare repository, on this machine

            """, "\(command)")
        #expect(finished.status == 1 && finished.output == "")
      }
    }
  }

  @Test func aStateDirectoryOfAnotherRegistry() async throws {
    try await withFakeDeployment { deployment, _, folder in
      try await deployment.declare(["a": one.digest])
      #expect(try await deployment.tagkeeper("apply", "--channel", "latest").status == 0)
      let served = try folder.read("state/serves").split(separator: "\n")
      let text = try folder.read("tagkeeper.yaml").replacing(served[0], with: "http://127.0.0.1:1")
      try folder.write(text, to: "tagkeeper.yaml")
      for command in ["plan", "apply", "run"] {
        let finished = try await deployment.tagkeeper(command)
        #expect(
          finished.errors == """
            tagkeeper: the state directory \(folder("state")) is of the registry \(served[0]) and the checkout \
            \(served[1]), and the configuration names the registry http://127.0.0.1:1 and the checkout \
            \(served[1]): give another by --state-dir, or, where one of them moved, remove \
            \(folder("state/serves"))

            """, "\(command)")
        #expect(finished.status == 1 && finished.output == "")
      }
    }
  }

  @Test func aStateDirectoryIsKnownHoweverItsCheckoutIsNamed() async throws {
    try await withFakeDeployment { deployment, _, folder in
      try await deployment.declare(["a": one.digest])
      #expect(try await deployment.tagkeeper("apply", "--channel", "latest").status == 0)
      try FileManager.default.createSymbolicLink(
        atPath: folder("link"), withDestinationPath: folder("checkout"))
      let text = try folder.read("tagkeeper.yaml")
      for name in [folder("checkout/../checkout"), folder("link"), "./checkout"] {
        try folder.write(
          text.replacing("checkout: \(folder("checkout"))", with: "checkout: \(name)"), to: "tagkeeper.yaml")
        let finished = try await deployment.tagkeeper("plan", "--channel", "latest")
        #expect(finished.errors == "" && finished.status == 0, "\(name)")
      }
    }
  }

  @Test func aBranchThatDoesNotExist() async throws {
    try await withFakeDeployment { deployment, registry, folder in
      try await deployment.declare(["a": one.digest])
      try await deployment.git.git("branch", "-m", "production", "stable")
      let finished = try await deployment.tagkeeper("apply", "--channel", "latest")
      #expect(
        finished.output == """
          latest: production
          ! held: nothing was changed
            \(folder("checkout")): there is no branch "production", neither refs/heads/production nor \
          refs/remotes/production: fetch or create it, or mend branch: in the configuration (origin/NAME for a remote's \
          branch)

          """)
      #expect(finished.status == 1 && registry.requests.isEmpty)
      let unknown = try await deployment.tagkeeper(
        "plan", "--channel", "latest", "--rev", "production")
      #expect(
        unknown.errors
          == "tagkeeper: \(folder("checkout")): \"production\" names no commit here: check the spelling, or fetch it\n"
      )
      #expect(unknown.status == 1)
    }
  }

  // State directory

  @Test func aJournalWithACorruptLine() async throws {
    try await withFakeDeployment { deployment, registry, folder in
      try await deployment.declare(["a": one.digest])
      try folder.write("{\"time\":\n{}\n", to: "state/journal.jsonl")
      for command in ["plan", "apply", "run"] {
        let finished = try await deployment.tagkeeper(command)
        #expect(
          finished.errors == """
            tagkeeper: \(folder("state/journal.jsonl")): line 1 of the journal can't be read (it is no object that this \
            version writes): restore the file from a backup, or move it away; without it a rewound branch goes \
            unnoticed once, and deletes wait for the second pass

            """)
        #expect(finished.status == 1 && finished.output == "")
      }
      #expect(registry.requests.isEmpty)
      #expect(try folder.read("state/journal.jsonl") == "{\"time\":\n{}\n")
    }
  }

  @Test func aStateDirectoryThatCannotBe() async throws {
    try await withFakeDeployment { deployment, _, folder in
      try folder.write("", to: "state")
      let finished = try await deployment.tagkeeper("apply")
      #expect(
        finished.errors == """
          tagkeeper: the state directory \(folder("state")) can't be made: check who owns the folder above it, \
          or give another by --state-dir

          """)
      #expect(finished.status == 1)
    }
  }

  @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
  func aStateDirectoryOfSomebodyElse() async throws {
    try await withFakeDeployment { deployment, _, folder in
      try folder.write("", to: "state/file")
      chmod(folder("state"), 0o500)
      defer { chmod(folder("state"), 0o700) }
      let finished = try await deployment.tagkeeper("apply")
      #expect(
        finished.errors == """
          tagkeeper: can't open \(folder("state/lock")): Permission denied: check who owns the state directory, \
          or give another by --state-dir

          """)
      #expect(finished.status == 1)
    }
  }

  /// Whether there is a journal can't be known: that is no empty one.
  @Test func aStateDirectoryThatCannotBeLookedInto() async throws {
    try await withFakeDeployment { deployment, registry, folder in
      let tip = try await deployment.declare(["a": one.digest])
      try #require(symlink("state", folder("state")) == 0)
      try await expectUnreadable(deployment, folder, tip)
      #expect(registry.requests.isEmpty)
    }
  }

  @Test(.enabled(if: geteuid() != 0, "root may read everywhere"))
  func aStateDirectoryThatIsSomebodyElses() async throws {
    try await withFakeDeployment { deployment, registry, folder in
      let tip = try await deployment.declare(["a": one.digest])
      try folder.write("", to: "state/journal.jsonl")
      chmod(folder("state"), 0o000)
      defer { chmod(folder("state"), 0o700) }
      try await expectUnreadable(deployment, folder, tip)
      #expect(registry.requests.isEmpty)
    }
  }

  private func expectUnreadable(
    _ deployment: Deployment, _ folder: TemporaryDirectory, _ tip: CommitID
  ) async throws {
    for command in [["plan"], ["accept", "--channel", "latest", "\(tip)"]] {
      let finished = try await deployment.tagkeeper(command)
      #expect(
        finished.errors
          == "tagkeeper: \(folder("state/journal.jsonl")) can't be read: check its owner and mode\n")
      #expect(finished.status == 1 && finished.output == "")
    }
  }

  @Test func aStateDirectoryThatIsInUse() async throws {
    try await withFakeDeployment { deployment, registry, folder in
      try await deployment.declare(["a": one.digest])
      try folder.write("", to: "state/journal.jsonl")
      let lock = try LockFile(folder("state/lock"))
      for command in ["apply", "run"] {
        let finished = try await deployment.tagkeeper(command)
        #expect(
          finished.errors == """
            tagkeeper: can't lock \(folder("state/lock")): process \(getpid()) holds it: \
            one daemon or apply at a time writes from a state directory

            """)
        #expect(finished.status == 1)
      }
      #expect(registry.requests.isEmpty)
      // Looking needs no lock.
      #expect(try await deployment.tagkeeper("plan", "--channel", "latest").status == 0)
      _ = consume lock
    }
  }
}
