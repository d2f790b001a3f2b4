import LinuxSystem
import Model
import Registry
import TestSupport
import Testing

private let one = "sha256:" + String(repeating: "1", count: 64)
private let two = "sha256:" + String(repeating: "2", count: 64)
private let stateFile = "desired-state/images.yaml"

/// `import` from the files of others.
@Suite(.timeLimit(.minutes(10))) struct ImportTests {
  private func imageInfo(_ platforms: [(digest: String, tags: [String], created: String)]) -> String {
    let images = platforms.map { platform in
      let tags = platform.tags.map { #""\#($0)""# }.joined(separator: ", ")
      return
        #"{"platforms": [{"simpleTags": [\#(tags)], "digest": "mcr.io/x@\#(platform.digest)", "created": "\#(platform.created)"}]}"#
    }
    return #"{"schemaVersion": "2.0", "repos": [{"repo": "team/app", "images": ["# + "\n"
      + images.joined(separator: ",\n") + "\n]}]}\n"
  }

  private func state(_ digests: KeyValuePairs<String, String>, in repository: String = "team/app") -> String {
    "version: 1\nrepositories:\n  \(repository):\n"
      + digests.map { "    \($0.key):\n      digest: \($0.value)\n" }.joined(separator: "\n")
  }

  @Test func aRecordIsPrintedOrWritten() async throws {
    try await withTemporaryDirectory { folder in
      let time = "2026-08-15T05:18:56.7683888Z"
      try folder.write(
        imageInfo([(one, ["b-new", "a-new", "c"], time), (two, ["d-new"], time)]), to: "info.json")
      let printed = try await tagkeeper(
        "import", "--from-image-info", "info.json", "--match", "*-new", in: folder)
      #expect(printed.output == state(["a": one, "b": one, "d": two]))
      #expect(
        printed.errors
          == "3 images of 1 repository from info.json; left out: 1 tag not matching *-new\n")
      #expect(printed.status == 0)

      try folder.write("# Ours\nversion: 1\nrepositories: {}\n", to: "state.yaml")
      let written = try await tagkeeper(
        "import", "--from-image-info", "info.json", "--match", "*-new", "--file", "state.yaml", in: folder)
      #expect(written.output == "wrote state.yaml\n" && written.status == 0)
      #expect(try folder.read("state.yaml") == "# Ours\n" + printed.output)
      #expect(try await tagkeeper("fmt", "--check", "state.yaml", in: folder).status == 0)
      let again = try await tagkeeper(
        "import", "--from-image-info", "info.json", "--file", "state.yaml", in: folder)
      #expect(
        again.errors == """
          tagkeeper: state.yaml declares 3 images and was left as it is: name a file that declares none, or change \
          single images with tagkeeper set

          """)
      #expect(again.status == 1 && again.output == "")
    }
  }

  /// As `init` does.
  @Test func aFolderThatIsMissingIsMade() async throws {
    try await withTemporaryDirectory { folder in
      try folder.write(imageInfo([(one, ["a"], "2026-08-15T05:18:56Z")]), to: "info.json")
      let written = try await tagkeeper(
        "import", "--from-image-info", "info.json", "--file", stateFile, in: folder)
      #expect(written.output == "wrote \(stateFile)\n" && written.status == 0, "\(written.errors)")
      #expect(try folder.read(stateFile) == state(["a": one]))
      let refused = try await tagkeeper(
        "import", "--from-image-info", "info.json", "--file", "info.json/images.yaml", in: folder)
      #expect(
        refused.errors
          == "tagkeeper: the folder info.json can't be made: check the path, and who owns the folder above it\n"
      )
      #expect(refused.status == 1 && refused.output == "")
    }
  }

  @Test func conflictsAreListedUntilADigestIsPreferred() async throws {
    try await withTemporaryDirectory { folder in
      try folder.write(
        imageInfo([(one, ["a"], "2026-08-15T00:00:00Z"), (two, ["a"], "2026-08-14T00:00:00Z")]), to: "i.json")
      let refused = try await tagkeeper(
        "import", "--from-image-info", "i.json", "--file", "state.yaml", in: folder)
      let line = #"{"platforms": [{"simpleTags": ["a"], "digest": "mcr.io/x@sha256:"#
      #expect(
        refused.errors == """
          tagkeeper: nothing was written:
          i.json:3:32: error: team/app/a has 2 digests: here \(two), created 2026-08-14T00:00:00.000Z
            | \(line)\(String(repeating: "2", count: 100 - line.count))…
            |                                ^
            fix: name one of these digests with --prefer, or give --prefer newest
          i.json:2:32: note: here \(one), created 2026-08-15T00:00:00.000Z
            | \(line)\(String(repeating: "1", count: 100 - line.count))…
            |                                ^

          """)
      #expect(refused.status == 1 && refused.output == "" && !folder.exists("state.yaml"))
      for (preference, digest) in [("newest", one), (two, two)] {
        let finished = try await tagkeeper(
          "import", "--from-image-info", "i.json", "--prefer", preference, in: folder)
        #expect(finished.output == state(["a": digest]))
        #expect(finished.errors == "1 image of 1 repository from i.json (1 conflict decided by --prefer)\n")
      }
      let both = try await tagkeeper(
        "import", "--from-image-info", "i.json", "--prefer", one, "--prefer", two, in: folder)
      #expect(both.errors.contains("  fix: prefer one of them alone\n") && both.status == 1)
      let idle = try await tagkeeper(
        "import", "--from-image-info", "i.json", "--prefer", one, "--prefer", "\(digest(3))", in: folder)
      #expect(idle.errors == "tagkeeper: no conflict has what --prefer names: \(digest(3))\n")
      #expect(idle.status == 64 && idle.output == "")
    }
  }

  @Test func anImagePromotersList() async throws {
    try await withTemporaryDirectory { folder in
      try folder.write(
        "- name: apple\n  dmap:\n    \"\(one)\": [\"1.1\", \"latest\"]\n    \"\(two)\": []\n",
        to: "images.yaml")
      let finished = try await tagkeeper(
        "import", "--from-image-promoter", "images.yaml", "--repository", "k8s/prod", in: folder)
      #expect(finished.output == state(["1.1": one, "latest": one], in: "k8s/prod/apple"))
      #expect(
        finished.errors == "2 images of 1 repository from images.yaml; left out: 1 image without a tag\n")
      #expect(finished.status == 0)
    }
  }

  @Test func whatCannotBeImportedIsTold() async throws {
    try await withTemporaryDirectory { folder in
      try folder.write(imageInfo([(one, ["a"], "2026-08-15T00:00:00Z")]), to: "i.json")
      try folder.write("version: 1\nrepositories: []\n", to: "broken.yaml")
      try folder.write("", to: "folder/x")
      func told(_ options: String..., status: Int32 = 64) async throws -> String {
        let arguments = ["import", "--from-image-info", "i.json"] + options
        let finished = try await FinishedProgram(
          Command(
            FinishedProgram.path, arguments, environment: ["HOME": folder.path], workingDirectory: folder.path
          ))
        #expect(finished.status == status && finished.output == "", "\(options)")
        return finished.errors
      }
      #expect(
        try await told("--match", "*-x", status: 1)
          == "tagkeeper: nothing was written: no image from i.json; left out: 1 tag not matching *-x\n"
      )
      #expect(
        try await told("--match", "x")
          == "tagkeeper: \"x\" is not a pattern of tags: write a tag with one *, such as '*-latest'\n")
      #expect(
        try await told("--match", "*", "--channel", "latest")
          == "tagkeeper: give --match or --channel, not both\n")
      #expect(
        try await told("--from-image-promoter", "x")
          == "tagkeeper: import reads one source: give one of --from-registry, --from-image-info, --from-image-promoter\n"
      )
      #expect(
        try await told("--prefer", "oldest")
          == "tagkeeper: --prefer takes newest alone, or whole digests: sha256:…\n")
      #expect(
        try await told("--repository", "Team").hasPrefix("tagkeeper: \"Team\" is not a repository name: "))
      #expect(
        try await told("--repository", "team/web", status: 1)
          == """
          tagkeeper: nothing was written:
          i.json:1:35: error: the file has no repository team/web
            | {"schemaVersion": "2.0", "repos": [{"repo": "team/app", "images": [
            |                                   ^
            fix: check its spelling

          """)
      #expect(
        try await told("--file", "folder")
          == "tagkeeper: folder is a folder: name the file in it that is to be written\n")
      #expect(
        try await told("--file", "broken.yaml", status: 1).hasPrefix(
          "tagkeeper: broken.yaml has errors and was left as it is: mend it, or name another file\nbroken.yaml:2:15: "
        ))
      #expect(
        try await told("--file", "i.json/images.yaml", status: 1).hasPrefix(
          "tagkeeper: the folder i.json can't be made: "))
      let absent = try await tagkeeper("import", "--from-image-promoter", "x.yaml", in: folder)
      #expect(absent.errors == "tagkeeper: x.yaml can't be read: check the path and its mode\n")
      let none = try await tagkeeper("import", in: folder)
      #expect(
        none.errors
          == "tagkeeper: import needs a source: give one of --from-registry, --from-image-info, --from-image-promoter\n"
      )
      #expect(absent.status == 1 && none.status == 64)
    }
  }
}

/// `import` from a registry.
@Suite(.timeLimit(.minutes(10))) struct RegistryImportTests {
  private func store(_ registry: FakeRegistry, _ tags: String..., content: String = "one") throws {
    for tag in tags {
      registry.store(ImagePusher.manifest(content), as: try TagName(tag), in: try RepositoryName("team/app"))
    }
  }

  private let referrers = "sha256-" + String(repeating: "a", count: 64)

  @Test func whatTheTagsAreIsDeclared() async throws {
    try await withFakeDeployment(settings: "concurrency: 4") { deployment, registry, folder in
      let (first, second) = (ImagePusher.manifest("one").digest, ImagePusher.manifest("two").digest)
      try store(registry, "a-latest", "c-staging", referrers, referrers + ".sig")
      try store(registry, "b-latest", content: "two")
      let expected = """
        version: 1
        repositories:
          team/app:
            a:
              digest: \(first)

            b:
              digest: \(second)

        """
      let host = registry.url.dropFirst(7)
      for choice in [["--match", "*-latest"], ["--channel", "latest"]] {
        let finished = try await deployment.tagkeeper(
          "import", "--from-registry", "--repository", "team/app", choice[0], choice[1])
        #expect(finished.output == expected && finished.status == 0)
        #expect(
          finished.errors
            == "2 images of 1 repository from \(host); left out: 1 tag not matching *-latest, 2 tags of signatures\n"
        )
      }
      #expect(registry.count("HEAD") == 4 && registry.count("PUT") == 0)

      // What was imported is what is there: applied, nothing changes.
      try folder.write(expected, to: "checkout/\(stateFile)")
      try await deployment.git.commit([stateFile: expected], message: "Import")
      let plan = try await deployment.tagkeeper("plan", "--channel", "latest")
      #expect(
        plan.output.hasSuffix("Plan: 0 to create, 0 to move, 0 to delete, 0 blocked, 2 in sync.\n"),
        "\(plan.output)\(plan.errors)")
    }
  }

  @Test func aTagThatCannotBeReadFailsTheImport() async throws {
    try await withFakeDeployment { deployment, registry, folder in
      try store(registry, "a-latest", "b-latest", "c-latest")
      registry.configure { behaviour in
        behaviour.override = { request in
          request.target.hasSuffix("/b-latest") ? .response(403) : nil
        }
      }
      let finished = try await deployment.tagkeeper(
        "import", "--from-registry", "--repository", "team/app", "--match", "*-latest", "--file", "state.yaml"
      )
      let host = registry.url.dropFirst(7)
      #expect(
        finished.errors == """
          tagkeeper: nothing was written:
          team/app:b-latest: HEAD \(host)/v2/team/app/manifests/b-latest: the registry answered 403; check what the \
          credentials for \(host) may do

          """)
      #expect(finished.status == 1 && finished.output == "" && !folder.exists("state.yaml"))
    }
  }

  @Test func aTagWithoutAManifestIsLeftOut() async throws {
    try await withFakeDeployment { deployment, registry, _ in
      try store(registry, "a-latest")
      try store(registry, "b-latest", content: "two")
      registry.removeManifest(ImagePusher.manifest("two").digest, in: deployment.team)
      let finished = try await deployment.tagkeeper("import", "--from-registry", "--repository", "team/app")
      #expect(
        finished.output.hasSuffix("    a-latest:\n      digest: \(ImagePusher.manifest("one").digest)\n"))
      #expect(
        finished.errors.hasSuffix(
          "; left out: 1 tag listed without a manifest\n"), "\(finished.errors)")
      #expect(finished.status == 0)
    }
  }

  @Test func whatIsWrongIsTold() async throws {
    try await withFakeDeployment { deployment, registry, _ in
      let host = registry.url.dropFirst(7)
      try store(registry, "v1", "v.1", "v-2")
      let unnamed = try await deployment.tagkeeper("import", "--from-registry")
      #expect(unnamed.errors == "tagkeeper: which repository? give --repository NAME, once for each\n")
      let empty = try await deployment.tagkeeper(
        "import", "--from-registry", "--repository", "team/app", "--repository", "team/web")
      #expect(empty.errors == "tagkeeper: \(host)/team/web has no tags: check the repository's name\n")
      let names = try await deployment.tagkeeper(
        "import", "--from-registry", "--repository", "team/app", "--match", "v*")
      let grammar = "use letters, digits, . _ and -, not starting with . or -, at most 128 characters"
      #expect(
        names.errors == """
          tagkeeper: nothing was written:
          team/app:v-2: "-2" is not an image name: \(grammar)
          team/app:v.1: ".1" is not an image name: \(grammar)

          """)
      let preference = try await deployment.tagkeeper(
        "import", "--from-registry", "--repository", "team/app", "--prefer", "newest")
      #expect(
        preference.errors == "tagkeeper: a registry has no conflicts: leave --prefer to the other sources\n")
      #expect([unnamed, empty, names, preference].map(\.status) == [64, 1, 1, 64])
      #expect(registry.count("HEAD") == 0)
    }
  }

  @Test(.enabled(if: RealRegistry.isExpected, Comment(rawValue: RealRegistry.absence)))
  func aRealRegistry() async throws {
    try await withTemporaryDirectory { folder in
      try await withRealRegistry { registry in
        let deployment = try await Deployment(in: folder, registry: registry.address)
        try await deployment.move("a-latest", to: "one")
        let digest = try await deployment.push("two", to: RepositoryName("team/web"))
        try await deployment.pusher.push("two", to: RepositoryName("team/web"), as: TagName("b-latest"))
        let finished = try await deployment.tagkeeper(
          "import", "--from-registry", "--repository", "team/web", "--repository", "team/app", "--match",
          "*-latest", "--file", "state.yaml")
        #expect(finished.errors == "2 images of 2 repositories from \(registry.url.dropFirst(7))\n")
        #expect(finished.output == "wrote state.yaml\n" && finished.status == 0)
        let state = try folder.read("state.yaml")
        #expect(state.hasSuffix("\n\n  team/web:\n    b:\n      digest: \(digest)\n"))
      }
    }
  }
}
