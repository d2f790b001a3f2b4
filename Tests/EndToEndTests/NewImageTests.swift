import TestSupport
import Testing

/// `set` with an image's whole name, and with one that the state does not declare.
struct NewImageTests {
  private let file = "desired-state/images.yaml"

  private func withState(_ body: (TemporaryDirectory) async throws -> Void) async throws {
    try await withTemporaryDirectory { folder in
      try folder.write(
        """
        version: 1
        repositories:
          team/app:
            app-1.2:
              digest: \(digest(1))
          team/web:
            app-1.2:
              digest: \(digest(1))

        """, to: file)
      try await body(folder)
    }
  }

  @Test func anImageIsNamedAsEverythingPrintsIt() async throws {
    try await withState { folder in
      let done = try await tagkeeper(
        "set", "team/app/app-1.2", "\(digest(2))", "team/web/app-1.2", "\(digest(3))", in: folder)
      #expect(
        done.output == """
          \(file): team/app/app-1.2 moved from sha256:010000000000 to sha256:020000000000
          \(file): team/web/app-1.2 moved from sha256:010000000000 to sha256:030000000000

          """)
      #expect(done.errors == "" && done.status == 0)
      let agreed = try await tagkeeper(
        "set", "--repository", "team/app", "team/app/app-1.2", "\(digest(1))", "--file", file, in: folder)
      #expect(agreed.status == 0, "\(agreed.errors)")
    }
  }

  @Test(arguments: [
    (
      ["--repository", "team/web", "team/app/app-1.2"],
      "team/app/app-1.2 is not in team/web: give --repository or the name alone, not both"
    ),
    (["team/App/app-1.2"], "\"team/App\" is not a repository name: "),
    (["/app-1.2"], "\"\" is not a repository name: "),
    (["team/app/"], "\"\" is not an image name: "),
    (
      ["--repository", "team/app", "app-1.2", "\(digest(2))", "team/app/app-1.2"],
      "team/app/app-1.2 is given twice: give each image once"
    ),
  ]) func whatDoesNotAgreeIsRefused(_ arguments: [String], _ said: String) async throws {
    try await withState { folder in
      let before = try folder.read(file)
      let refused = try await tagkeeper("set", words: arguments + ["\(digest(2))"], in: folder)
      #expect(refused.errors.hasPrefix("tagkeeper: \(said)"), "\(refused.errors)")
      #expect(refused.status == 64 && refused.output == "")
      #expect(try folder.read(file) == before)
    }
  }

  /// A pipeline's new image is no error, but a slip should not go unseen.
  @Test func aNewImageThatIsNearAnotherIsTold() async throws {
    try await withState { folder in
      try folder.write(
        """
        version: 1
        checkout: .
        registry: http://127.0.0.1:1
        channels: {latest: {branch: production, tag: "{image}-latest"}}
        """, to: "tagkeeper.yaml")
      for (name, note) in [
        ("app-12", "team/app/app-12 is new: the nearest declared image is app-1.2\n"),
        (
          "app-1.2-latest",
          "team/app/app-1.2-latest is new: its name looks like a tag of the channel latest, {image}-latest\n"
        ),
        ("entirely-other", ""),
      ] {
        let done = try await tagkeeper(
          "set", "--file", file, "--repository", "team/app", name, "\(digest(2))", in: folder)
        #expect(done.output == "\(file): team/app/\(name) added with sha256:020000000000\n")
        #expect(done.errors == note && done.status == 0)
      }
    }
  }
}
