import FoundationEssentials
import GitCheckout
import Model
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct TreeTests {
  @Test func filesThatDifferAreNamed() async throws {
    try await withRepository { _, repository in
      let one = try CommitID(
        await repository.commit(["same": "1", "moved": "1", "gone ü": "1", "state/a": "1", "statement": "1"]))
      let two = try CommitID(
        await repository.commit(["moved": "2", "gone ü": nil, "state/a": "2", "statement": "2", "new/x": "1"])
      )
      let opened = try await repository.opened()
      let (first, second) = (try await opened.tree(of: one), try await opened.tree(of: two))
      #expect(
        try await opened.differingFiles(first, second, leavingOut: ["state"])
          == ["gone ü", "moved", "new/x", "statement"])
      #expect(try await opened.differingFiles(second, second, leavingOut: []) == [])
    }
  }

  @Test func fileAndFolderAreListed() async throws {
    try await withRepository { _, repository in
      let tip = try await repository.commit([
        "state/b.yaml": "two", "state/a.yaml": "one", "state/a.yml": "no", "state/deep/c.yaml": "no",
        "state/dir.yaml/x": "no", "top.yaml": "top",
      ])
      let opened = try await repository.opened()
      let commit = try CommitID(tip)
      let files = try await opened.files(at: "state", in: commit)
      #expect(files.map(\.path) == ["state/a.yaml", "state/b.yaml"])
      #expect(files.map(\.size) == [3, 3])
      #expect(files[0].blob.description == (try await repository.tip("main:state/a.yaml")))
      #expect(try await opened.files(at: "./state/", in: commit) == files)
      #expect(try await opened.files(at: "state/b.yaml", in: commit) == [files[1]])
      #expect(try await opened.files(at: ".", in: commit).map(\.path) == ["top.yaml"])
      #expect(try await opened.contents(of: files[1].blob) == Array("two".utf8))
    }
  }

  @Test func absentFileIsNotFound() async throws {
    try await withRepository { _, repository in
      let tip = try await repository.commit(["state/a": "1", "other": "1"])
      let opened = try await repository.opened()
      for path in ["state/images.yaml", "none/images.yaml"] {
        let error = try await gitError { _ = try await opened.text(path, tip) }
        #expect(error?.code == .notFound)
        #expect(error?.problem == "\(repository.path): there is no \(path) in \(tip.prefix(12))")
        #expect(error?.remedy == "put it back, or mend state: in the configuration")
      }
      let empty = try await gitError { _ = try await opened.text("state", tip) }
      #expect(empty?.code == .notFound)
      #expect(empty?.problem == "\(repository.path): there is no *.yaml in state of \(tip.prefix(12))")
    }
  }

  /// Git answers a symbolic link's target as its content.
  @Test func linksAndSubmodulesAreRefused() async throws {
    try await withRepository { _, repository in
      try await repository.commit(["real/images.yaml": "x"])
      try FileManager.default.createSymbolicLink(
        atPath: "\(repository.path)/images.yaml", withDestinationPath: "real/images.yaml")
      try FileManager.default.createSymbolicLink(
        atPath: "\(repository.path)/linked", withDestinationPath: "real")
      try await repository.git("update-index", "--add", "--cacheinfo", "160000,\(repository.tip()),module")
      try await repository.git("add", "images.yaml", "linked")
      try await repository.git("commit", "-q", "-m", "links")
      let tip = try await repository.tip()
      let opened = try await repository.opened()
      for (path, place, kind) in [
        ("images.yaml", "images.yaml", "a symbolic link"),
        ("linked/images.yaml", "linked", "a symbolic link"),
        (".", "images.yaml", "a symbolic link"), ("module", "module", "a submodule"),
        ("real/images.yaml/x", "real/images.yaml", "a file"),
      ] {
        let error = try await gitError { _ = try await opened.text(path, tip) }
        #expect(error?.code == .notRegularFile)
        #expect(
          error?.description
            == "\(repository.path): \(place) in \(tip.prefix(12)) is \(kind): commit the file itself")
      }
    }
  }

  @Test func sizeIsAskedBeforeTheContent() async throws {
    try await withRepository { _, repository in
      let tip = try await repository.commit(["a.yaml": String(repeating: "x", count: 5000)])
      let opened = try await repository.opened()
      let file = try await opened.files(at: "a.yaml", in: CommitID(tip))[0]
      let error = try await gitError { _ = try await opened.contents(of: file.blob, limit: 4999) }
      #expect(error?.code == .tooLarge)
      #expect(
        error?.problem == "\(repository.path): blob \(file.blob) has 5000 bytes, and 4999 are allowed")
      #expect(try await opened.contents(of: file.blob, limit: 5000).count == 5000)
    }
  }

  /// A tree entry whose object is missing is unknown, never absent.
  @Test(arguments: ["main:state/images.yaml", "main:state", "main^{tree}"])
  func missingObjectIsUnreadable(_ object: String) async throws {
    try await withRepository { _, repository in
      let tip = try await repository.commit(["state/images.yaml": "x"])
      let opened = try await repository.opened()
      let id = try await repository.tip(object)
      try await repository.removeObject(id)
      let error = try await gitError { _ = try await opened.text("state/images.yaml", tip) }
      #expect(error?.code == .unreadable)
      #expect(
        error?.description.hasSuffix(
          "is missing from the object database: run git fsck there, and fetch what it names") == true)
    }
  }

  @Test func replacementsAndGraftsAreIgnored() async throws {
    try await withRepository { _, repository in
      let first = try await repository.commit(["a": "real"])
      let second = try await repository.commit(["b": "x"])
      let blob = try await repository.tip("main:a")
      try await repository.commit(["a": "fake"])
      try await repository.git("replace", blob, try await repository.tip("main:a"))
      try Data("\(second)\n".utf8).write(to: URL(filePath: "\(repository.path)/.git/info/grafts"))
      let opened = try await repository.opened()
      #expect(try await opened.text("a", first) == "real")
      #expect(try await opened.isAncestor(CommitID(first), of: CommitID(second)) == .yes)
    }
  }

  @Test func aParentIsKnownAsAnAncestorWithoutAProcess() async throws {
    try await withRepository { directory, repository in
      let first = try CommitID(await repository.commit(["a": "1"]))
      let second = try CommitID(await repository.commit(["a": "2"], message: "Two\n\nparent \(first)"))
      let third = try CommitID(await repository.commit(["a": "3"], message: "Three\n\nparent \(first)"))
      let program = try await directory.script(
        "git-without-merge-base", #"case "$*" in *merge-base*) exit 9;; esac; exec git "$@""#)
      let opened = try await GitRepository.open(
        repository.path, with: GitProgram(executable: program, environment: repository.environment))
      #expect(try await opened.isAncestor(first, of: second) == .yes)
      #expect(try await opened.isAncestor(first, of: third) != .yes)
    }
  }

  /// Another branch is checked out and dirty, and its index is stale: that is neither seen nor touched.
  @Test func workingTreeIndexAndHeadAreNeitherReadNorChanged() async throws {
    try await withRepository { _, repository in
      let tip = try await repository.commit(["a.yaml": "committed"])
      try await repository.checkOut("other")
      try await repository.commit(["a.yaml": "other"])
      try Data("dirty".utf8).write(to: URL(filePath: "\(repository.path)/a.yaml"))
      try Data("staged".utf8).write(to: URL(filePath: "\(repository.path)/b.yaml"))
      try await repository.git("add", "b.yaml")
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1000)], ofItemAtPath: "\(repository.path)/b.yaml")
      let before = try snapshot(repository.path)
      let opened = try await repository.opened()
      #expect(try await opened.tip("main") == tip)
      #expect(try await opened.text("a.yaml", tip) == "committed")
      #expect(try await opened.files(at: ".", in: CommitID(tip)).map(\.path) == ["a.yaml"])
      _ = try await opened.walk(HistoryQuery(tips: [CommitID(tip)], paths: ["a.yaml"])) { _ in }
      _ = try await opened.isAncestor(CommitID(tip), of: try await opened.resolveRevision("other"))
      #expect(try snapshot(repository.path) == before)
    }
  }

  /// Every file below `path`, the repository's own too, with its bytes and the time of its last change.
  private func snapshot(_ path: String) throws -> [String: String] {
    var files: [String: String] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
      let file = "\(path)/\(name)"
      let attributes = try FileManager.default.attributesOfItem(atPath: file)
      let bytes = (try? Data(contentsOf: URL(filePath: file))).map {
        $0.map(String.init).joined(separator: " ")
      }
      files[name] = "\(String(describing: attributes[.modificationDate])) \(bytes ?? "folder")"
    }
    return files
  }
}
