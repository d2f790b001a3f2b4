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
