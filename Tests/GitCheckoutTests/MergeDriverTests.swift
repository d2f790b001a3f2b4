import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import GitCheckout

@Suite(.timeLimit(.minutes(10))) struct MergeDriverTests {
  private func driver(_ pattern: String = "/desired-state/*.yaml") throws -> MergeDriver {
    try MergeDriver(
      name: "tagkeeper", title: "desired state, by image",
      command: "'/opt/my tools/tagkeeper' merge-driver %O %A %B %P", pattern: pattern)
  }

  @Test func isRegisteredOnceAndEverythingElseStays() async throws {
    try await withRepository { directory, repository in
      try await repository.commit(["a": "1"])
      try await repository.makeDirty()
      let linked = try await repository.addWorktree(directory("linked"), branch: "main")
      try directory.write("*.bin -merge\r\n# mine\nx y", to: "repository/.git/info/attributes")
      #expect(chmod(directory("repository/.git/info/attributes"), 0o640) == 0)
      try await repository.git("config", "--add", "merge.tagkeeper.driver", "old")
      try await repository.git("config", "--add", "merge.tagkeeper.driver", "older")
      let driver = try driver()
      try await repository.expectUntouched {
        for opened in [try await repository.opened(), try await linked.opened()] {
          let wasRegistered = try await opened.isRegistered(driver)
          #expect(wasRegistered == (opened.path == linked.path))
          try await opened.registerMergeDriver(driver)
          #expect(try await opened.isRegistered(driver))
        }
      }
      #expect(
        try directory.read("repository/.git/info/attributes")
          == "*.bin -merge\r\n# mine\nx y\n/desired-state/*.yaml merge=tagkeeper\n")
      var status = stat()
      #expect(
        stat(directory("repository/.git/info/attributes"), &status) == 0 && status.st_mode & 0o777 == 0o640)
      #expect(
        try await repository.git("config", "--local", "--get-regexp", "^merge\\.") == """
          merge.tagkeeper.driver '/opt/my tools/tagkeeper' merge-driver %O %A %B %P
          merge.tagkeeper.name desired state, by image
          merge.tagkeeper.recursive binary
          """)
      for (change, isStill) in [("/desired-state/*.yaml -merge\n", false), ("*.yaml merge=other\n", true)] {
        let text = try directory.read("repository/.git/info/attributes")
        try directory.write(text + change, to: "repository/.git/info/attributes")
        #expect(try await repository.opened().isRegistered(driver) == isStill)
        try directory.write(text, to: "repository/.git/info/attributes")
      }
      try await repository.git("config", "merge.tagkeeper.driver", "another")
      #expect(try await !repository.opened().isRegistered(driver))
    }
  }

  /// A clone without templates has no `info` folder.
  @Test func theFileIsMadeInABareRepository() async throws {
    try await withRepository { directory, repository in
      try await repository.commit(["a": "1"])
      let bare = try await repository.clone(to: directory("bare"), "--bare", "--template=")
      #expect(!directory.exists("bare/info"))
      let opened = try await bare.opened()
      #expect(try await !opened.isRegistered(try driver()))
      try await opened.registerMergeDriver(try driver())
      #expect(try directory.read("bare/info/attributes") == "/desired-state/*.yaml merge=tagkeeper\n")
      #expect(try await opened.isRegistered(try driver()))
    }
  }

  /// Git reads each pattern back as the file that it is meant for.
  @Test(arguments: [
    ("/state/images.yaml", "state/images.yaml"), ("/desired state/ünï.yaml", "desired state/ünï.yaml"),
    ("#state", "#state"), ("\"quoted\".yaml", "\"quoted\".yaml"), ("a\tb\u{1}c", "a\tb\u{1}c"),
    (#"a\ b\*.yaml"#, "a b*.yaml"), ("/state/**", "state/deep/x"),
  ])
  func patternsAreQuoted(_ pattern: String, _ file: String) async throws {
    try await withRepository { directory, repository in
      let opened = try await repository.opened()
      let driver = try driver(pattern)
      try await opened.registerMergeDriver(driver)
      #expect(
        try await repository.git("check-attr", "-z", "merge", "--", file)
          == "\(file)\u{0}merge\u{0}tagkeeper\u{0}")
      #expect(try await repository.git("check-attr", "-z", "merge", "--", "x").contains("unspecified"))
      let text = try directory.read("repository/.git/info/attributes")
      try await opened.registerMergeDriver(driver)
      #expect(try directory.read("repository/.git/info/attributes") == text)
    }
  }

  /// `git merge` runs it.
  @Test func gitRunsIt() async throws {
    try await withRepository { directory, repository in
      try await repository.commit(["state.yaml": "0\n"])
      try await repository.git("switch", "-q", "-c", "side")
      try await repository.commit(["state.yaml": "1\n"])
      try await repository.git("switch", "-q", "main")
      try await repository.commit(["state.yaml": "2\n"])
      let script = try await directory.script("driver", #"cat "$@" > all; cp all "$2"; rm all"#)
      try await repository.opened().registerMergeDriver(
        try MergeDriver(name: "tagkeeper", title: "t", command: "\(script) %O %A %B", pattern: "/state.yaml"))
      try await repository.merge("side")
      #expect(try directory.read("repository/state.yaml") == "0\n2\n1\n")
    }
  }

  @Test func whatGitCannotHoldIsRefused() async throws {
    let needs = "a merge driver needs a name of letters, digits and -, a command and a pattern"
    for (name, command, pattern, text) in [
      ("", "x", "x", needs), ("a.b", "x", "x", needs), ("x", "", "x", needs), ("x", "x", "", needs),
      ("x", "x\ny", "x", "\"x\\u{a}y\" holds a line's end"),
      ("x", "x", "a\nb", "\"a\\u{a}b\" holds a line's end"),
      ("x", "x", "!x", "\"!x\": git ignores patterns that start with !: write \\!"),
    ] {
      let error = try await gitError {
        _ = try MergeDriver(name: name, title: "t", command: command, pattern: pattern)
      }
      #expect(error?.code == .badText)
      #expect(error?.description == text)
    }
  }
}
