import Model
import Planning
import StateFile
import Testing
import YAML

/// What the merge driver does: reads the three, merges, and writes the text.
func merge(
  _ base: StateText, _ ours: StateText, _ theirs: StateText
) throws -> (merge: ThreeWayMerge, text: StateText) {
  let states = try [base, ours, theirs].map { file in
    file.bytes.isEmpty ? .empty : try #require(StateText.read([file]).state)
  }
  let merge = ThreeWayMerge(base: states[0], ours: states[1], theirs: states[2])
  let text = try StateText.merging(
    base: base, ours: ours, theirs: theirs, to: merge.entries, conflicts: merge.conflicts.map(\.key),
    labels: ("production", "main"))
  return (merge, text)
}

@Suite struct MergingTests {
  private func digest(_ digit: Int) -> String { "sha256:" + String(repeating: "\(digit)", count: 64) }

  private func file(_ text: String) -> StateText { StateText(path: "images.yaml", bytes: Array(text.utf8)) }

  private func merged(_ base: String, _ ours: String, _ theirs: String) throws -> String {
    try merge(file(base), file(ours), file(theirs)).text.shown
  }

  private var base: String {
    """
    # header
    version: 1
    repositories:
      team/a:
        # about alpine
        alpine:
          digest: \(digest(1))

        # about debian
        debian:
          digest: \(digest(1))   # stable

        fedora:
          digest: \(digest(1))

        # not yet: gentoo

    # footer

    """
  }

  @Test func neighboursAndFieldsGoTogether() throws {
    let ours = base.replacing(
      "alpine:\n      digest: \(digest(1))",
      with: "alpine:\n      digest: \(digest(2))\n\n    # new here\n    arch:\n      digest: \(digest(3))"
    )
    .replacing("   # stable", with: "   # stable\n      hold: \"clang\"")
    .replacing("header", with: "our header")
    let theirs = base.replacing(
      "debian:\n      digest: \(digest(1))", with: "debian:\n      digest: \(digest(4))"
    )
    .replacing("    fedora:\n      digest: \(digest(1))\n\n", with: "")
    .replacing("not yet: gentoo", with: "not yet: gentoo, nix").replacing("footer", with: "their footer")
    .replacing(
      "# their footer", with: "  # of b\n  team/b:\n    x: # x\n      digest: \(digest(5))\n\n# their footer")
    #expect(
      try merged(base, ours, theirs) == """
        # our header
        version: 1
        repositories:
          team/a:
            # about alpine
            alpine:
              digest: \(digest(2))

            # new here
            arch:
              digest: \(digest(3))

            # about debian
            debian:
              digest: \(digest(4))   # stable
              hold: "clang"

            # not yet: gentoo, nix

          # of b
          team/b:
            x: # x
              digest: \(digest(5))

        # their footer

        """)
  }

  @Test func commentsComeFromTheSideThatChangedThem() throws {
    let theirs = base.replacing("about alpine", with: "about alpine, from main")
      .replacing("   # stable", with: "   # bookworm")
    #expect(try merged(base, base, theirs) == theirs)
    #expect(try merged(base, theirs, base) == theirs)
    let ours = base.replacing("fedora:", with: "fedora: # ours").replacing(
      "about alpine", with: "about alpine here")
    #expect(
      try merged(base, ours, theirs)
        == base.replacing("fedora:", with: "fedora: # ours")
        .replacing("about alpine", with: "about alpine here").replacing("   # stable", with: "   # bookworm"))
  }

  @Test func aChangeOfFormAloneIsKept() throws {
    let loose = base.replacing("    fedora:", with: "\n    fedora:")
    #expect(try merged(loose, loose, base) == base)
    #expect(try merged(loose, base, loose) == base)
    #expect(try merged(base, base, loose) == loose)
  }

  @Test func aConflictShowsBothBlocks() throws {
    let ours = base.replacing(
      "alpine:\n      digest: \(digest(1))", with: "alpine:\n      digest: \(digest(2))"
    )
    .replacing("    fedora:\n      digest: \(digest(1))\n\n", with: "")
    let theirs = base.replacing(
      "# about alpine\n    alpine:\n      digest: \(digest(1))",
      with: "# of theirs\n    alpine:\n      digest: \(digest(3)) # new"
    ).replacing("fedora:\n      digest: \(digest(1))", with: "fedora:\n      digest: \(digest(3))")
    let text = try merged(base, ours, theirs)
    #expect(
      text == """
        # header
        version: 1
        repositories:
          team/a:
        <<<<<<< production
            # about alpine
            alpine:
              digest: \(digest(2))
        =======
            # of theirs
            alpine:
              digest: \(digest(3)) # new
        >>>>>>> main

            # about debian
            debian:
              digest: \(digest(1))   # stable

        <<<<<<< production
        =======
            fedora:
              digest: \(digest(3))
        >>>>>>> main

            # not yet: gentoo

        # footer

        """)
    let reading = StateText.read([file(text)])
    #expect(reading.state == nil)
    #expect(
      reading.diagnostics.map(\.description)
        == [5, 19].map { line in
          """
          images.yaml:\(line):1: error: a merge conflict is not resolved
            | <<<<<<< production
            | ^
            fix: keep what is to hold of the two sides, and remove the lines of <<<<<<<, ======= and >>>>>>>
          """
        })
  }

  @Test func markersThatWereLeftAreNamed() {
    let left = base.replacing("    # about debian", with: "=======\n    # about debian") + ">>>>>>> main\n"
    #expect(StateText.read([file(left)]).diagnostics.map(\.place.line) == [9])
    let end = base + ">>>>>>> main\n"
    #expect(
      StateText.read([file(end)]).diagnostics.map(\.message) == ["a merge conflict is not resolved"])
    // What only looks like one is none, and another error of syntax keeps its own message.
    let other = base.replacing("fedora:", with: "fedora: a: b\n    # ======= no\n    ok:") + "=======no\n"
    #expect(
      StateText.read([file(other)]).diagnostics.map(\.message)
        == [
          "the image \"fedora\" has to be a mapping, not \"a\"",
          "mapping values are not allowed in this context",
        ])
    let hold = base.replacing("   # stable", with: "\n      hold: |-\n        <<<<<<< x\n        =======")
    #expect(StateText.read([file(hold)]).diagnostics.allSatisfy { $0.severity == .warning })
  }

  @Test func bothAddedTheFile() throws {
    let ours = "version: 1\nrepositories:\n  a:\n    x: # ours\n      digest: \(digest(1))\n"
    let theirs =
      "# theirs\nversion: 1\nrepositories:\n  a:\n    x:\n      digest: \(digest(1))\n\n    y:\n      digest: \(digest(2))\n"
    #expect(
      try merged("", ours, theirs) == theirs.replacing("    x:", with: "    x: # ours"))
  }

  @Test func repositoriesThatLoseTheirImages() throws {
    let two =
      "version: 1\nrepositories:\n  a: # mine\n    x:\n      digest: \(digest(1))\n\n    y:\n      digest: \(digest(1))\n"
    let withoutX = two.replacing("    x:\n      digest: \(digest(1))\n\n", with: "")
    let withoutY = two.replacing("\n    y:\n      digest: \(digest(1))\n", with: "")
    #expect(try merged(two, withoutX, withoutY) == "version: 1\nrepositories:\n  a: {} # mine\n")
    let plain = [two, withoutX, withoutY].map { $0.replacing(" # mine", with: "") }
    #expect(try merged(plain[0], plain[1], plain[2]) == "version: 1\nrepositories: {}\n")
    // Theirs removed the repository; ours changed an image of it: the repository's line stays for the conflict.
    let changed = withoutX.replacing(digest(1), with: digest(2))
    #expect(
      try merged(withoutX, changed, "version: 1\nrepositories: {}\n")
        == "version: 1\nrepositories:\n  a: # mine\n<<<<<<< production\n    y:\n      digest: \(digest(2))\n"
        + "=======\n>>>>>>> main\n")
  }

  @Test func aSideWithErrorsIsNotMerged() throws {
    let error = #expect(throws: StateEditError.self) {
      try StateText.merging(
        base: file(base), ours: file(base), theirs: file("version: 2"), to: [], conflicts: [],
        labels: ("a", "b"))
    }
    #expect(error?.problem == "images.yaml has errors and was not edited")
    let unmeant = #expect(throws: StateEditError.self) {
      try StateText.merging(
        base: file(base), ours: file(base), theirs: file(base),
        to: [.init(key: ImageKey(RepositoryName("q"), ImageName("q")), digest: Digest(digest(1)))],
        conflicts: [], labels: ("a", "b"))
    }
    #expect(
      unmeant?.description
        == "the merge of images.yaml reads otherwise than meant: it was not written: merge it by hand, and report this as a bug of tagkeeper with the three files"
    )
  }
}
