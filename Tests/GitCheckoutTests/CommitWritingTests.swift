import FoundationEssentials
import GitCheckout
import Model
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct CommitWritingTests {
  @Test(arguments: ["sha1", "sha256"])
  func onlyWhatIsNamedChanges(_ format: String) async throws {
    try await withRepository(objectFormat: format) { _, repository in
      try await repository.commit([
        "state/images.yaml": "old\n", "state/other.yaml": "kept\r\n", "state-2/x": "1", "state.txt": "1",
        "ünï": "1",
        "gone/deep/file": "1", "run.sh": "1",
      ])
      try await repository.git("update-index", "--chmod=+x", "run.sh")
      let link = try await repository.hashed("state.txt")
      try await repository.git("update-index", "--add", "--cacheinfo", "120000,\(link),link")
      try await repository.git("update-index", "--add", "--cacheinfo", "160000,\(repository.tip()),module")
      try await repository.git("commit", "-q", "-m", "modes")
      let start = try CommitID(await repository.tip())
      try await repository.makeDirty()
      let opened = try await repository.opened()
      try await repository.expectUntouched {
        let id = try await opened.write(
          CommitDraft(
            parents: [start], start: .commit(start),
            changes: [
              "./state/images.yaml": .write(Array("new\n".utf8)),
              "new/deep/folder.yaml": .write([0, 13, 10, 255]),
              "gone/deep/file": .remove, "run.sh": .write([]),
            ],
            message: "Roll out"))
        #expect(try await opened.text("state/images.yaml", "\(id)") == "new\n")
        #expect(
          try await repository.git("diff-tree", "-r", "--name-status", "--no-renames", "\(start)", "\(id)")
            == """
            D\tgone/deep/file
            A\tnew/deep/folder.yaml
            M\trun.sh
            M\tstate/images.yaml
            """)
        #expect(
          try await repository.git("ls-tree", "--format=%(objectmode) %(path)", "\(id)") == """
            120000 link
            160000 module
            040000 new
            100755 run.sh
            040000 state-2
            100644 state.txt
            040000 state
            100644 "\\303\\274n\\303\\257"
            """)
        #expect(try await repository.git("cat-file", "-s", "\(id):new/deep/folder.yaml") == "4")
        try await repository.git("fsck", "--strict", "--no-progress", "\(id)")
        #expect(try await repository.git("for-each-ref", "--contains", "\(id)") == "")
      }
    }
  }

  /// The folders and files that a tree has from older tools stay as they are stored.
  @Test func unusualEntriesStayByteForByte() async throws {
    try await withRepository { directory, repository in
      let blob = try await repository.hashed(directory.write("x", to: "x"))
      // 100664 of early git, a name that is no UTF-8, and one name in both normal forms.
      let lines = ["a\u{e9}", "ae\u{301}", "a-z"].map { Array("100664 blob \(blob)\t\($0)".utf8) + [0] }
      let odd = Array("100644 blob \(blob)\tb".utf8) + [0xff, 0xfe, 0]
      let folder = try await repository.feed(Array((lines + [odd]).joined()), "mktree", "-z")
      let root = try await repository.feed(Array("040000 tree \(folder)\todd\n".utf8), "mktree")
      let start = try CommitID(await repository.git("commit-tree", root, "-m", "odd"))
      let opened = try await repository.opened()
      let added = try await opened.write(
        CommitDraft(parents: [start], start: .commit(start), changes: ["odd/c": .write([])], message: "add"))
      #expect(try await repository.tip("\(added):odd") != folder)
      let removed = try await opened.write(
        CommitDraft(parents: [added], start: .commit(added), changes: ["odd/c": .remove], message: "remove"))
      #expect(try await repository.tip("\(removed):odd") == folder)
    }
  }

  @Test func messageParentsAndPeopleAreAsDrafted() async throws {
    try await withRepository { _, repository in
      let first = try CommitID(await repository.commit(["a": "1"]))
      let second = try CommitID(await repository.commit(["a": "2"]))
      try await repository.git("config", "i18n.commitEncoding", "ISO-8859-1")
      try await repository.git("config", "commit.gpgSign", "true")
      try await repository.git("config", "gpg.program", "/bin/false")
      let opened = try await repository.opened(extra: [
        "GIT_AUTHOR_NAME": "Zoë", "GIT_AUTHOR_EMAIL": "zoe@example.com",
      ])
      let message = "Löse es 🚢\n\n# no comment\n\nRollout-From: \(first)\n\n"
      let id = try await opened.write(
        CommitDraft(
          parents: [second, first], start: .commit(first), changes: [:], message: message))
      let tree = try await repository.tip("\(first)^{tree}")
      let environment = repository.environment
      #expect(
        try await repository.git("cat-file", "commit", "\(id)") == """
          tree \(tree)
          parent \(second)
          parent \(first)
          author Zoë <zoe@example.com> \(environment["GIT_AUTHOR_DATE"] ?? "")
          committer Cy <cy@example.com> \(environment["GIT_COMMITTER_DATE"] ?? "")

          \(message.dropLast())
          """)
      let read = try await opened.commit(id)
      #expect(read.message.hasPrefix(message.dropLast()))
      #expect(read.parents == [second, first])
      #expect(read.authorName == "Zoë")
      #expect(read.id == id && read.changes.isEmpty)
      #expect("\(read.time.milliseconds / 1000) +0000" == environment["GIT_COMMITTER_DATE"])
    }
  }

  @Test func aNewlineEndsTheMessageAndTheEnvironmentNamesTheAuthor() async throws {
    try await withRepository { _, repository in
      let start = try CommitID(await repository.commit(["a": "1"]))
      let opened = try await repository.opened(extra: [
        "GIT_AUTHOR_NAME": "Ci", "GIT_AUTHOR_DATE": "@7 +0100",
      ])
      let tree = try await opened.tree(of: start)
      let id = try await opened.write(
        CommitDraft(parents: [], start: .tree(tree), changes: ["a": .remove], message: "Empty"))
      #expect(try await repository.git("cat-file", "commit", "\(id)").hasSuffix("\n\nEmpty"))
      #expect(
        try await repository.git("log", "-1", "--format=%an %ae %at %P", "\(id)") == "Ci ada@example.com 7 ")
      #expect(try await repository.git("ls-tree", "\(id)") == "")
    }
  }

  /// What stays need not be there, and nothing is fetched for it.
  @Test func aPartialCloneIsWritten() async throws {
    try await withRepository { directory, repository in
      let start = try CommitID(await repository.commit(["a": "1", "state/b": "2", "state/c": "3"]))
      let partial = try await repository.clone(to: directory("partial"), "--bare", "--filter=blob:none")
      let opened = try await partial.opened()
      let id = try await opened.write(
        CommitDraft(
          parents: [start], start: .commit(start), changes: ["state/b": .write([])], message: "part"))
      #expect(try await opened.text("state/b", "\(id)") == "")
      #expect(
        try await partial.git("ls-tree", "-r", "--name-only", "\(id)") == "a\nstate/b\nstate/c")
      let missing = try await gitError { _ = try await opened.text("a", "\(id)") }
      #expect(missing?.code == .unreadable)
    }
  }

  /// Line endings and filters are for working trees.
  @Test func bytesAreStoredAsGiven() async throws {
    try await withRepository { directory, repository in
      let start = try CommitID(await repository.commit(["a": "1"]))
      try directory.write("* text filter=x ident\n", to: "repository/.git/info/attributes")
      try await repository.git("config", "filter.x.clean", "false")
      try await repository.git("config", "filter.x.required", "true")
      let bytes = Array("$Id: 1$\r\n".utf8)
      let opened = try await repository.opened()
      let id = try await opened.write(
        CommitDraft(parents: [start], start: .commit(start), changes: ["a": .write(bytes)], message: "bytes"))
      #expect(try await Array(opened.text("a", "\(id)").utf8) == bytes)
    }
  }

  @Test func aFolderCanTakeAFilesPlaceAndTheOtherWayRound() async throws {
    try await withRepository { _, repository in
      let start = try CommitID(await repository.commit(["a": "1", "b/c": "2", "d": "3"]))
      let opened = try await repository.opened()
      let id = try await opened.write(
        CommitDraft(
          parents: [start], start: .commit(start),
          changes: ["a": .remove, "a/z": .write([]), "b/c": .remove, "b": .write([])], message: "swap"))
      #expect(try await repository.git("ls-tree", "-r", "--name-only", "\(id)") == "a/z\nb\nd")
    }
  }

  @Test func whatCannotBeDoneIsTold() async throws {
    try await withRepository { _, repository in
      try await repository.commit(["state/images.yaml": "x", "file": "x"])
      let blob = try await repository.tip("main:file")
      try await repository.git("update-index", "--add", "--cacheinfo", "120000,\(blob),link")
      try await repository.git("commit", "-q", "-m", "link")
      let tip = try CommitID(await repository.tip())
      let opened = try await repository.opened()
      let path = repository.path
      let another = ": choose another path, or commit its removal first"
      let cases: [([String: CommitDraft.Change], GitError.Code, String)] =
        [
          (["file/x": .write([])], .notRegularFile, "\(path): file is a file already\(another)"),
          (["link/x": .write([])], .notRegularFile, "\(path): link is a symbolic link already\(another)"),
          (["link": .write([])], .notRegularFile, "\(path): link is a symbolic link already\(another)"),
          (["state": .write([])], .notRegularFile, "\(path): state is a folder already\(another)"),
          (["state": .remove], .notRegularFile, "\(path): state is a folder already\(another)"),
          (["state/none": .remove], .notFound, "\(path): there is no state/none that could be removed"),
          (["no/such": .remove], .notFound, "\(path): there is no no/such that could be removed"),
          (["a": .write([]), "./a": .write([])], .badText, "\(path): a is named twice"),
        ]
        + ["", "/", "../x", "a/.GIT/config", "a\u{0}b"].map { name in
          (
            [name: .write([])], .badText,
            "\(name.quoted) is not a path in a tree: write it from the top of the repository, such as desired-state/images.yaml"
          )
        }
      for (changes, code, text) in cases {
        let error = try await gitError {
          _ = try await opened.write(
            CommitDraft(parents: [tip], start: .commit(tip), changes: changes, message: "no"))
        }
        #expect(error?.code == code)
        #expect(error?.description == text)
      }
      let nul = try await gitError {
        _ = try await opened.write(
          CommitDraft(parents: [tip], start: .commit(tip), changes: [:], message: "a\u{0}b"))
      }
      #expect(nul?.description == "\(path): a commit's message can't hold a NUL")
      let absent = try await gitError {
        _ = try await opened.write(
          CommitDraft(parents: [], start: .commit(try commit(1)), changes: [:], message: "no"))
      }
      #expect(absent?.code == .unreadable)
      let parent = try await gitError {
        _ = try await opened.write(
          CommitDraft(parents: [try commit(1)], start: .commit(tip), changes: [:], message: "no"))
      }
      #expect(parent?.code == .notWritten)
      #expect(
        parent?.description
          == "\(path): git commit-tree failed: fatal: \(try commit(1)) is not a valid object"
      )
    }
  }

  /// The daemon's user has no user.name.
  @Test func missingIdentityIsTold() async throws {
    try await withRepository { _, repository in
      let tip = try CommitID(await repository.commit(["a": "1"]))
      let opened = try await repository.openedWithoutIdentity()
      let draft = CommitDraft(parents: [tip], start: .commit(tip), changes: [:], message: "x")
      let error = try await gitError { _ = try await opened.write(draft) }
      #expect(error?.code == .noIdentity)
      #expect(
        error?.description == """
          \(repository.path): git does not know who commits: fatal: no email was given and auto-detection is \
          disabled: run git config --global user.name NAME and git config --global user.email EMAIL as the user \
          that runs tagkeeper, or set GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL, GIT_COMMITTER_NAME and GIT_COMMITTER_EMAIL
          """)
    }
  }

  /// Thousands of files beside and above it, and megabytes in it.
  @Test func largeTreesAndFilesAreWritten() async throws {
    try await withRepository { _, repository in
      let files = (0..<5000).map { "M 100644 inline many/f\($0)\ndata 1\nx\n" }.joined()
      try await repository.fastImport("commit refs/heads/main\ncommitter C <c@x> 0 +0000\ndata 0\n\(files)\n")
      let start = try CommitID(await repository.tip("main"))
      let opened = try await repository.opened()
      let id = try await opened.write(
        CommitDraft(
          parents: [start], start: .commit(start),
          changes: ["many/big": .write([UInt8](repeating: 120, count: 5 << 20))], message: "big"))
      #expect(
        try await repository.git("diff-tree", "-r", "--name-status", "\(start)", "\(id)") == "A\tmany/big")
      #expect(try await repository.git("cat-file", "-s", "\(id):many/big") == "\(5 << 20)")
    }
  }
}
