import FoundationEssentials
import GitCheckout
import Model
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct TreeMergeTests {
  private static let ten = (1...10).map { "\($0)\n" }.joined()

  /// `base` ← `ours`, `base` ← `theirs`, as whole trees of files.
  private func sides(
    of repository: TemporaryGitRepository, base: [String: String?], ours: [String: String?],
    theirs: [String: String?]
  ) async throws -> (base: CommitID, ours: CommitID, theirs: CommitID) {
    let root = try CommitID(await repository.commit(base, message: "base"))
    try await repository.git("switch", "-q", "-c", "theirs")
    let other = try CommitID(await repository.commit(theirs, message: "theirs"))
    try await repository.git("switch", "-q", "main")
    return (root, try CommitID(await repository.commit(ours, message: "ours")), other)
  }

  private func files(_ merge: TreeMerge, in repository: TemporaryGitRepository) async throws -> [String:
    String]
  {
    guard case .merged(let tree) = merge else {
      Issue.record("\(merge)")
      return [:]
    }
    var files: [String: String] = [:]
    for name in try await repository.git("ls-tree", "-r", "--name-only", "\(tree)").split(separator: "\n") {
      files[String(name)] = try await repository.git("cat-file", "blob", "\(tree):\(name)")
    }
    return files
  }

  @Test(arguments: ["sha1", "sha256"])
  func bothSidesAreTakenAndTheStateIsOurs(_ format: String) async throws {
    try await withRepository(objectFormat: format) { _, repository in
      let (base, ours, theirs) = try await sides(
        of: repository,
        base: ["state/a.yaml": "0", "state/b.yaml": "0", "single": "0", "text": Self.ten, "gone": "x"],
        ours: ["state/a.yaml": "ours", "single": "ours", "text": "0\n" + Self.ten],
        theirs: [
          "state/a.yaml": "theirs", "state/b.yaml": nil, "state/c.yaml": "new", "single": nil,
          "text": Self.ten + "11\n",
          "gone": nil, "deep/new": "1",
        ])
      try await repository.makeDirty()
      let opened = try await repository.opened()
      try await repository.expectUntouched {
        let merge = try await opened.mergeTrees(
          base: base, ours: ours, theirs: theirs, leavingOut: ["state", "single", "none/such"])
        #expect(
          try await files(merge, in: repository) == [
            "state/a.yaml": "ours", "state/b.yaml": "0", "single": "ours",
            "text": "0\n" + Self.ten + "11", "deep/new": "1",
          ])
        guard case .merged(let tree) = merge else { return }
        let id = try await opened.write(
          CommitDraft(
            parents: [ours, theirs], start: .tree(tree), changes: ["state/a.yaml": .write(Array("cut".utf8))],
            message: "Roll out"))
        #expect(try await opened.text("state/a.yaml", "\(id)") == "cut")
        #expect(try await opened.text("deep/new", "\(id)") == "1")
      }
    }
  }

  /// The base is the one given, not the merge base: what came before it on their side is not taken along.
  @Test func theBaseIsTheOneGiven() async throws {
    try await withRepository { _, repository in
      let (_, ours, theirs) = try await sides(
        of: repository, base: ["a": "0"], ours: ["b": "0"], theirs: ["early": "1"])
      try await repository.git("switch", "-q", "theirs")
      let later = try CommitID(await repository.commit(["late": "1"]))
      let merge = try await repository.opened().mergeTrees(
        base: theirs, ours: ours, theirs: later, leavingOut: [])
      #expect(try await files(merge, in: repository) == ["a": "0", "b": "0", "late": "1"])
    }
  }

  @Test func conflictsAreNamed() async throws {
    try await withRepository { _, repository in
      let (base, ours, theirs) = try await sides(
        of: repository, base: ["d/ünï x": "0", "b": "0", "c": "0", "state": "0"],
        ours: ["d/ünï x": "1", "b": "1", "c": "1", "state": "1"],
        theirs: ["d/ünï x": "2", "b": nil, "c": "1", "state": "2"])
      let opened = try await repository.opened()
      #expect(
        try await opened.mergeTrees(base: base, ours: ours, theirs: theirs, leavingOut: ["state"])
          == .conflicted(["b", "d/ünï x"]))
      #expect(
        try await opened.mergeTrees(base: base, ours: theirs, theirs: ours, leavingOut: [])
          == .conflicted(["b", "d/ünï x", "state"]))
      #expect(
        try await repository.git("for-each-ref", "--format=%(refname)")
          == "refs/heads/main\nrefs/heads/theirs")
    }
  }

  /// merge(base, x, x) = x, and with one side unchanged the other stands.
  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func mergingLaws(seed: UInt64) async throws {
    try await withRepository { _, repository in
      var random = SeededGenerator(seed: seed)
      func tree() -> [String: String?] {
        Dictionary(
          uniqueKeysWithValues: (0..<6).map { _ in "\(Int.random(in: 0..<3, using: &random))" }
            .reduce(into: Set<String>()) { $0.insert($1) }
            .map { ("d\($0)/f", "\(Int.random(in: 0..<3, using: &random))\n") })
      }
      var commits: [CommitID] = []
      for _ in 0..<3 {
        try await repository.git("rm", "-q", "-r", "--ignore-unmatch", ".")
        commits.append(try CommitID(await repository.commit(tree())))
      }
      let opened = try await repository.opened()
      let (base, x, y) = (commits[0], commits[1], commits[2])
      let (wanted, kept) = (try await opened.tree(of: x), try await opened.tree(of: base))
      #expect(
        try await opened.mergeTrees(base: base, ours: x, theirs: x, leavingOut: []) == .merged(wanted),
        "seed \(seed)")
      #expect(
        try await opened.mergeTrees(base: base, ours: base, theirs: x, leavingOut: []) == .merged(wanted),
        "seed \(seed)")
      #expect(
        try await opened.mergeTrees(base: base, ours: x, theirs: base, leavingOut: []) == .merged(wanted),
        "seed \(seed)")
      #expect(
        try await opened.mergeTrees(base: x, ours: base, theirs: y, leavingOut: ["d0", "d1", "d2"])
          == .merged(kept), "seed \(seed)")
    }
  }

  /// Attributes are those of `ours`, whatever lies in the working tree.
  @Test func attributesAreThoseOfOurs() async throws {
    try await withRepository { directory, repository in
      let (base, ours, theirs) = try await sides(
        of: repository, base: ["d/log": "0\n", "d/.gitattributes": "log merge=union\n", "lock": Self.ten],
        ours: ["d/log": "0\nours\n", "lock": "0\n" + Self.ten, ".gitattributes": "lock -merge\n"],
        theirs: ["d/log": "0\ntheirs\n", "lock": Self.ten + "11\n"])
      try directory.write("log -merge\n", to: "repository/d/.gitattributes")
      try directory.write("", to: "repository/.gitattributes")
      let bare = try await repository.clone(to: directory("bare"), "--bare")
      for opened in [try await repository.opened(), try await bare.opened()] {
        #expect(
          try await opened.mergeTrees(base: base, ours: ours, theirs: theirs, leavingOut: [])
            == .conflicted(["lock"]))
        let merge = try await opened.mergeTrees(base: base, ours: ours, theirs: theirs, leavingOut: ["lock"])
        #expect(try await files(merge, in: repository)["d/log"] == "0\nours\ntheirs")
      }
    }
  }

  /// Git does not follow them in a working tree; their targets are not attributes.
  @Test func linkedAttributesAreNone() async throws {
    try await withRepository { _, repository in
      try FileManager.default.createSymbolicLink(
        atPath: "\(repository.path)/.gitattributes", withDestinationPath: "a merge=union")
      let (base, ours, theirs) = try await sides(
        of: repository, base: ["a": "0\n"], ours: ["a": "1\n"], theirs: ["a": "2\n"])
      let opened = try await repository.opened()
      #expect(
        try await opened.mergeTrees(base: base, ours: ours, theirs: theirs, leavingOut: [])
          == .conflicted(["a"]))
    }
  }

  /// A driver runs only where this machine's configuration defines it; filters and textconv never do.
  @Test func programsOfTheRepositorysContentDoNotRun() async throws {
    try await withRepository { directory, repository in
      let (base, ours, theirs) = try await sides(
        of: repository,
        base: [
          ".gitattributes": "a merge=x filter=x diff=x\nb merge=unknown\n", "a": "0\n", "b": "0\n",
          "state": "0\n",
        ],
        ours: ["a": "1\n", "b": "1\n", "state": "1\n"], theirs: ["a": "2\n", "b": "2\n", "state": "2\n"])
      let program = try await directory.script("program", "echo \"$1\" >> '\(directory("ran"))'; exit 1")
      for (key, name) in [
        ("filter.x.clean", "clean"), ("filter.x.smudge", "smudge"), ("diff.x.textconv", "textconv"),
        ("diff.x.command", "diff"), ("merge.tagkeeper.driver", "state"),
      ] {
        try await repository.git("config", key, "\(program) \(name)")
      }
      try await repository.git("config", "merge.renormalize", "true")
      try directory.write("state merge=tagkeeper\n", to: "repository/.git/info/attributes")
      let opened = try await repository.opened()
      #expect(
        try await opened.mergeTrees(base: base, ours: ours, theirs: theirs, leavingOut: ["state"])
          == .conflicted(["a", "b"]))
      #expect(!directory.exists("ran"))
      try await repository.git("config", "merge.x.driver", "cp %B %A")
      #expect(
        try await opened.mergeTrees(base: base, ours: ours, theirs: theirs, leavingOut: ["state"])
          == .conflicted(["b"]))
    }
  }

  @Test func aFileInTheStatesPlaceIsRefused() async throws {
    try await withRepository { _, repository in
      let (base, ours, theirs) = try await sides(
        of: repository, base: ["x": "0"], ours: ["state/images.yaml": "1"], theirs: ["state": "2"])
      let opened = try await repository.opened()
      let error = try await gitError {
        _ = try await opened.mergeTrees(
          base: base, ours: ours, theirs: theirs, leavingOut: ["state/images.yaml"])
      }
      #expect(error?.code == .notRegularFile)
      #expect(
        error?.description
          == "\(repository.path): state is a file already: choose another path, or commit its removal first")
      // Ours has nothing there: there is nothing to take.
      let merge = try await opened.mergeTrees(
        base: base, ours: theirs, theirs: ours, leavingOut: ["state/images.yaml"])
      #expect(try await files(merge, in: repository) == ["x": "0", "state": "2"])
    }
  }

  @Test func noIdentityIsNeeded() async throws {
    try await withRepository { _, repository in
      let tip = try CommitID(await repository.commit(["a": "1"]))
      let opened = try await repository.openedWithoutIdentity()
      #expect(
        try await opened.mergeTrees(base: tip, ours: tip, theirs: tip, leavingOut: [])
          == .merged(try await opened.tree(of: tip)))
    }
  }

  @Test func anOlderGitIsTold() async throws {
    try await withRepository { directory, repository in
      let tip = try CommitID(await repository.commit(["a": "1"]))
      let script = try await directory.script(
        "git", #"case "$*" in *--version*) echo git version 2.37.9;; *) exec git "$@";; esac"#)
      let program = GitProgram(executable: script, environment: repository.environment)
      let opened = try await GitRepository.open(repository.path, with: program)
      let error = try await gitError {
        _ = try await opened.mergeTrees(base: tip, ours: tip, theirs: tip, leavingOut: [])
      }
      #expect(error?.code == .gitTooOld)
      #expect(
        error?.description
          == "git is 2.37.9, and merging whole trees needs 2.38: install git 2.38 or newer")
    }
  }
}
