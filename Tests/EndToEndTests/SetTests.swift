import Model
import Registry
import TestSupport
import Testing

private let stateFile = "checkout/desired-state/images.yaml"

/// `set` as build pipelines use it.
@Suite(.timeLimit(.minutes(10))) struct SetTests {
  private let early = "2026-08-14T00:00:00Z"
  private let late = "2026-08-15T00:00:00Z"

  private func text(_ images: KeyValuePairs<String, Digest>, in repository: String = "team/app") -> String {
    "version: 1\nrepositories:\n  \(repository):\n"
      + images.map { "    \($0.key):\n      digest: \($0.value)\n" }.joined(separator: "\n")
  }

  /// Pushes an image by digest and to its tags.
  private func push(
    _ deployment: Deployment, _ content: String, as tag: String? = nil, created: String? = nil
  ) async throws -> Digest {
    let digest = try await deployment.pusher.push(content, to: deployment.team, created: created)
    let manifest = ImagePusher.manifest(content, created: created)
    if let tag { try await deployment.put(manifest, at: tag) }
    return digest
  }

  @Test func severalImagesAllOrNone() async throws {
    try await withTemporaryDirectory { folder in
      try folder.write(text(["a": digest(1), "b": digest(1), "c": digest(1)]), to: "state/one.yaml")
      try folder.write(text(["d": digest(1)], in: "team/web"), to: "state/two.yaml")
      let before = try folder.read("state/one.yaml")
      let done = try await tagkeeper(
        "set", "--file", "state", "d", "\(digest(2))", "b", "\(digest(2))", "c", "\(digest(1))", in: folder)
      #expect(
        done.output == """
          state/two.yaml: team/web/d moved from sha256:010000000000 to sha256:020000000000
          state/one.yaml: team/app/b moved from sha256:010000000000 to sha256:020000000000
          state/one.yaml: team/app/c has sha256:010000000000 already

          """)
      #expect(done.errors == "" && done.status == 0)
      #expect(try folder.read("state/one.yaml") == text(["a": digest(1), "b": digest(2), "c": digest(1)]))
      #expect(try folder.read("state/two.yaml") == text(["d": digest(2)], in: "team/web"))

      // A new image goes to the file that has its repository.
      try folder.write(before, to: "state/one.yaml")
      let added = try await tagkeeper(
        "set", "--file", "state", "--repository", "team/app", "b", "\(digest(2))", "n", "\(digest(2))",
        in: folder)
      #expect(
        added.output == """
          state/one.yaml: team/app/b moved from sha256:010000000000 to sha256:020000000000
          state/one.yaml: team/app/n added with sha256:020000000000

          """)
      #expect(added.errors == "" && added.status == 0)
      #expect(
        try folder.read("state/one.yaml")
          == text(["a": digest(1), "b": digest(2), "c": digest(1), "n": digest(2)]))
    }
  }

  @Test func whichFileGetsANewRepositoryAPersonSays() async throws {
    try await withTemporaryDirectory { folder in
      let images = text(["a": digest(1)])
      try folder.write(images, to: "state/one.yaml")
      try folder.write(text(["b": digest(1)], in: "team/web"), to: "state/two.yaml")
      func set() async throws -> FinishedProgram {
        try await tagkeeper(
          "set", "--file", "state", "--repository", "team/new", "a", "\(digest(2))", in: folder)
      }
      let refused = try await set()
      #expect(
        refused.errors
          == "tagkeeper: team/new/a is new, and no file has its repository: declare its repository in a file first\n"
      )
      #expect(refused.status == 64 && refused.output == "")
      #expect(try folder.read("state/one.yaml") == images)
      try folder.write(
        text(["b": digest(1)], in: "team/web") + "\n  team/new: {}\n", to: "state/two.yaml")
      let added = try await set()
      #expect(added.output == "state/two.yaml: team/new/a added with sha256:020000000000\n")
      let valid = try await tagkeeper("validate", "state/one.yaml", "state/two.yaml", in: folder)
      #expect(valid.status == 0, "\(valid.output)")
    }
  }

  @Test func whatCannotBeEditedIsAllLeft() async throws {
    try await withTemporaryDirectory { folder in
      let images = text(["a": digest(1)])
      let broken = text(["b": digest(1)], in: "team/web") + "    b: {}\n"
      try folder.write(images, to: "state/one.yaml")
      try folder.write(broken, to: "state/two.yaml")
      let refused = try await tagkeeper(
        "set", "--file", "state", "a", "\(digest(2))", "b", "\(digest(2))", in: folder)
      #expect(refused.errors.hasPrefix("tagkeeper: state/two.yaml has errors and was not edited: "))
      #expect(refused.status == 1 && refused.output == "")
      #expect(try folder.read("state/one.yaml") == images && folder.read("state/two.yaml") == broken)
    }
  }

  @Test func aTagsDigestIsTaken() async throws {
    try await withFakeDeployment { deployment, registry, folder in
      let first = try await push(deployment, "first", as: "a-20261122.1")
      let second = try await push(deployment, "second", as: "b-20261122.1")
      try folder.write(text(["a": digest(1)]), to: stateFile)
      let several = try await deployment.tagkeeper("set", "--from-tag", "{image}-20261122.1", "b", "a")
      let file = folder(stateFile)
      #expect(
        several.output == """
          \(file): team/app/b added with \(second.short)
          \(file): team/app/a moved from sha256:010000000000 to \(first.short)

          """)
      #expect(several.errors == "" && several.status == 0)
      #expect(try folder.read(stateFile) == text(["a": first, "b": second]))
      let one = try await deployment.tagkeeper("set", "--from-tag", "b-20261122.1", "a")
      #expect(one.output == "\(file): team/app/a moved from \(first.short) to \(second.short)\n")

      let before = try folder.read(stateFile)
      registry.configure { behaviour in
        behaviour.override = { $0.target.hasSuffix("/b-20261122.1") ? .response(403) : nil }
      }
      let refused = try await deployment.tagkeeper("set", "--from-tag", "{image}-20261122.1", "a", "b", "c")
      let host = registry.url.dropFirst(7)
      #expect(
        refused.errors == """
          tagkeeper: nothing was written:
          team/app:b-20261122.1 could not be read: HEAD \(host)/v2/team/app/manifests/b-20261122.1: the registry \
          answered 403; check what the credentials for \(host) may do
          team/app:c-20261122.1 is not in \(host): push it first, or check its spelling

          """)
      #expect(refused.status == 1 && refused.output == "")
      #expect(try folder.read(stateFile) == before)
    }
  }

  @Test func theRegistryHasToBeConfigured() async throws {
    try await withTemporaryDirectory { folder in
      try folder.write(text(["a": digest(1)]), to: "images.yaml")
      for options in [["--from-tag", "x", "a"], ["--if-newer", "a", "\(digest(2))"]] {
        let finished = try await tagkeeper(
          "set", "--file", "images.yaml", options[0], options[1], options[2], in: folder)
        #expect(finished.errors.contains("tagkeeper.yaml"), "\(finished.errors)")
        #expect(finished.status == 1 && finished.output == "")
      }
      #expect(try folder.read("images.yaml") == text(["a": digest(1)]))
    }
  }

  @Test func anOlderBuildOverwritesNothing() async throws {
    try await withFakeDeployment { deployment, registry, folder in
      let old = try await push(deployment, "old", created: early)
      let new = try await push(deployment, "new", created: late)
      let twin = try await push(deployment, "twin", created: late)
      try folder.write(text(["a": new, "b": old, "c": new, "d": new]), to: stateFile)
      let file = folder(stateFile)
      let finished = try await deployment.tagkeeper(
        "set", "--if-newer", "a", "\(old)", "b", "\(new)", "c", "\(twin)", "d", "\(new)", "e", "\(old)")
      #expect(
        finished.output == """
          \(file): team/app/a left: \(new.short) is newer, of 2026-08-15T00:00:00.000Z, and \(old.short) of \
          2026-08-14T00:00:00.000Z
          \(file): team/app/b moved from \(old.short) to \(new.short)
          \(file): team/app/c left: \(new.short) and \(twin.short) are equally old, both of 2026-08-15T00:00:00.000Z
          \(file): team/app/d has \(new.short) already
          \(file): team/app/e added with \(old.short)

          """)
      #expect(finished.errors == "" && finished.status == 0)
      #expect(try folder.read(stateFile) == text(["a": new, "b": new, "c": new, "d": new, "e": old]))
    }
  }

  @Test func anUnknownTimeIsNotNewer() async throws {
    try await withFakeDeployment { deployment, registry, folder in
      let timed = try await push(deployment, "timed", created: late)
      let timeless = try await push(deployment, "timeless")
      let before = text(["a": timeless, "b": timed, "c": digest(9), "d": timed])
      try folder.write(before, to: stateFile)
      let newer = try await push(deployment, "newer", created: "2026-08-16T00:00:00Z")
      let finished = try await deployment.tagkeeper(
        "set", "--if-newer", "a", "\(timed)", "b", "\(timeless)", "c", "\(timed)", "d", "\(newer)")
      let host = registry.url.dropFirst(7)
      let missing = "\(host)/team/app@\(timeless): its configuration has no \"created\" time"
      #expect(
        finished.errors == """
          tagkeeper: nothing was written: --if-newer needs the time of both builds (set without it compares nothing)
          team/app/a: the declared digest: \(missing)
          team/app/b: the new digest: \(missing)
          team/app/c: the declared digest: \(digest(9)) is not in \(host)/team/app; push the image there, or declare \
          another digest

          """)
      #expect(finished.status == 1 && finished.output == "")
      #expect(try folder.read(stateFile) == before)
    }
  }

  @Test(.enabled(if: RealRegistry.isExpected, Comment(rawValue: RealRegistry.absence)))
  func fromATagIfNewerInARealRegistry() async throws {
    try await withTemporaryDirectory { folder in
      try await withRealRegistry { registry in
        let deployment = try await Deployment(in: folder, registry: registry.address)
        let old = try await push(deployment, "old", as: "a-1", created: early)
        try await deployment.pusher.push("new", to: deployment.team, format: .docker, created: late)
        let index = try await deployment.pusher.pushIndex(
          of: [ImagePusher.manifest("new", format: .docker, created: late)], to: deployment.team,
          as: TagName("a-2"))
        try folder.write(text(["a": old]), to: stateFile)
        let newer = try await deployment.tagkeeper("set", "--if-newer", "--from-tag", "{image}-2", "a")
        #expect(
          newer.output.hasSuffix("team/app/a moved from \(old.short) to \(index.short)\n"), "\(newer.errors)")
        let older = try await deployment.tagkeeper("set", "--if-newer", "--from-tag", "{image}-1", "a")
        #expect(
          older.output.contains("team/app/a left: \(index.short) is newer, of 2026-08-15T00:00:00.000Z"))
        #expect(newer.status == 0 && older.status == 0)
        #expect(try folder.read(stateFile) == text(["a": index]))
      }
    }
  }

  @Test func ifNewerInALayout() async throws {
    try await withFakeDeployment { deployment, registry, folder in
      let old = try await push(deployment, "old", as: "a-1", created: early)
      let new = try await push(deployment, "new", as: "a-2", created: late)
      try folder.write("", to: "images/.keep")
      let layouts = try ImageLayouts(path: folder("images"))
      let copier = Copier(to: layouts)
      for (digest, tag) in [(old, "a-1"), (new, "a-2")] {
        _ = try await copier.copy(digest, from: deployment.registry, deployment.team, to: deployment.team)
        try await layouts.put(digest, to: TagReference(deployment.team, try TagName(tag)))
      }
      try folder.write(
        try folder.read("tagkeeper.yaml").replacing(registry.url, with: "oci:images"), to: "tagkeeper.yaml")
      let before = registry.requests.count
      try folder.write(text(["a": old]), to: stateFile)
      let newer = try await deployment.tagkeeper("set", "--if-newer", "--from-tag", "{image}-2", "a")
      #expect(
        newer.output == "\(folder(stateFile)): team/app/a moved from \(old.short) to \(new.short)\n",
        "\(newer.errors)")
      let older = try await deployment.tagkeeper("set", "--if-newer", "a", "\(old)")
      #expect(
        older.output
          == "\(folder(stateFile)): team/app/a left: \(new.short) is newer, of 2026-08-15T00:00:00.000Z, and "
          + "\(old.short) of 2026-08-14T00:00:00.000Z\n")
      let lost = try await deployment.tagkeeper("set", "--if-newer", "a", "\(digest(9))")
      #expect(
        lost.errors.contains(
          "the new digest: \(digest(9)) is not in oci:\(folder("images"))//team/app; copy the image there"),
        "\(lost.errors)")
      #expect(newer.status == 0 && older.status == 0 && lost.status == 1)
      #expect(try folder.read(stateFile) == text(["a": new]) && registry.requests.count == before)
    }
  }
}
