import TestSupport
import Testing

/// `init` where a project runs already, and where it can't begin.
struct InitTests {
  @Test func inAClone() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      let clone = try await repository.git.clone(to: repository.folder("clone"), "--branch", "main")
      try repository.folder.remove("tagkeeper.yaml")
      let made = try await tagkeeper(
        "init", "--checkout", "clone", in: repository.folder, environment: clone.environment)
      #expect(
        made.output == """
          wrote tagkeeper.yaml
          clone/desired-state/images.yaml exists: left as it is
          Next: read tagkeeper.yaml; then look: tagkeeper doctor, and tagkeeper plan
          To let git merge this file image by image in your checkout: tagkeeper init --merge-driver

          """)
      // A fetch moves these alone.
      let configuration = try repository.folder.read("tagkeeper.yaml")
      #expect(configuration.contains("branch: origin/main\n"))
      #expect(configuration.contains("branch: origin/production\n"))
      let valid = try await tagkeeper("validate", in: repository.folder, environment: clone.environment)
      #expect(valid.status == 0, "\(valid.errors)")
    }
  }

  @Test func withLayoutsInThePlaceOfARegistry() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      let folder = repository.folder
      try folder.remove("tagkeeper.yaml")
      let made = try await tagkeeper(
        "init", "--checkout", "checkout", "--registry", "oci:images", in: folder,
        environment: repository.git.environment)
      #expect(made.status == 0 && made.output.hasPrefix("wrote tagkeeper.yaml\n"), "\(made.errors)")
      #expect(try folder.read("tagkeeper.yaml").contains("\nregistry: oci:images\n"))
      // It works as it is: its paths start at its own folder.
      try folder.write("", to: "images/.keep")
      let planned = try await tagkeeper(
        "plan", "--channel", "latest", "--state-dir", folder("state"), in: folder,
        environment: repository.git.environment)
      #expect(
        planned.output.contains("\(digest(1)) is not in oci:\(folder("images"))//team/images"),
        "\(planned.output)\(planned.errors)")
      for (address, said) in [
        ("oci:", "\"oci:\" names no folder of image layouts: write oci: and the path of a folder, "),
        ("oci:~/images", "\"oci:~/images\" names no folder of image layouts: "),
      ] {
        let refused = try await tagkeeper(
          "init", "--registry", address, "--config", "other.yaml", in: folder,
          environment: repository.git.environment)
        #expect(
          refused.errors.hasPrefix("tagkeeper: --registry \"\(address)\": \(said)"), "\(refused.errors)")
        #expect(refused.status == 64 && !folder.exists("other.yaml"))
      }
    }
  }

  @Test func aBareRepositoryHasNoPlaceForAStateFile() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      let folder = repository.folder
      try await repository.git.git("clone", "-q", "--bare", repository.git.path, folder("bare.git"))
      let refused = try await tagkeeper(
        "init", "--checkout", "bare.git", "--config", "new.yaml", in: folder,
        environment: repository.git.environment)
      #expect(
        refused.errors
          == "tagkeeper: \(folder("bare.git")) is a bare repository, where a first state file has no place: give "
          + "--checkout PATH of a checkout\n")
      #expect(refused.status == 1 && !folder.exists("new.yaml") && !folder.exists("bare.git/desired-state"))
    }
  }

  @Test(arguments: [("images.yml", "/images.yml"), ("state/all", "/state/all/*.yaml")])
  func theMergeDriverIsForTheStateThatIsConfigured(state: String, pattern: String) async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      try repository.folder.write(
        "version: 1\ncheckout: checkout\nstate: \(state)\nregistry: http://127.0.0.1:1\n"
          + "channels: {latest: {branch: production, tag: \"{image}\"}}\n", to: "other.yaml")
      let done = try await repository.run(["init", "--merge-driver", "--config", "other.yaml"])
      #expect(done.status == 0, "\(done.errors)")
      let attributes = try repository.folder.read("checkout/.git/info/attributes")
      #expect(attributes.contains("\(pattern) merge=tagkeeper"), "\(attributes)")
    }
  }

  @Test func whatCanNotBeginIsTold() async throws {
    try await withTemporaryDirectory { folder in
      let outside = try await tagkeeper("init", in: folder)
      #expect(
        outside.errors
          == "tagkeeper: \(folder.path): is not a git repository: run git init here, or give --checkout PATH\n"
      )
      #expect(outside.output == "" && outside.status == 1)
      for (address, said) in [
        ("registry.example.com", "the registry is not an http or https URL: write one, "),
        ("http://registry.example.com", "http://registry.example.com would be reached without encryption: "),
      ] {
        let refused = try await tagkeeper("init", "--registry", address, in: folder)
        #expect(
          refused.errors.hasPrefix("tagkeeper: --registry \"\(address)\": \(said)"), "\(refused.errors)")
        #expect(refused.status == 64 && refused.output == "" && !folder.exists("tagkeeper.yaml"))
      }
    }
  }
}
