import Model
import StateFile
import Testing

@Suite struct RewritingTests {
  private let one = "sha256:" + String(repeating: "1", count: 64)
  private let two = "sha256:" + String(repeating: "2", count: 64)

  private func file(_ text: String, _ path: String = "images.yaml") -> StateText {
    StateText(path: path, bytes: Array(text.utf8))
  }

  private func entry(
    _ repository: String, _ image: String, _ digest: String, hold: String? = nil, eol: String? = nil
  ) throws -> DesiredState.Entry {
    try .init(
      key: ImageKey(RepositoryName(repository), ImageName(image)), digest: Digest(digest), hold: hold,
      eol: eol.map { try Day($0) })
  }

  private func rewrite(
    _ source: String, to target: [DesiredState.Entry], donor: String? = nil
  ) throws -> String {
    let donor = donor.map { [file($0)] } ?? []
    let result = try StateText.rewriting([file(source)], to: DesiredState(target), donor: donor)
    #expect(result.count == 1)
    return String(decoding: result[0].bytes, as: UTF8.self)
  }

  private var base: String {
    """
    # header
    version: 1
    repositories:
      b/b:   # the repository
        # about m
        m:
          digest: "\(one)"   # tested
          hold: 'clang'   # until May
          # the vendor's day
          eol: 2027-04-21

        # about p
        p:
          digest: \(one)
        # not yet: q

    # footer

    """
  }

  @Test func fieldsAreEditedInPlace() throws {
    let p = try entry("b/b", "p", one)
    #expect(
      try rewrite(base, to: [entry("b/b", "m", two, hold: "a \"b\"\n\u{2028}é", eol: "2028-01-01"), p])
        == base.replacing("\"\(one)\"", with: "\"\(two)\"")
        .replacing("'clang'", with: #""a \"b\"\n\u2028é""#).replacing("2027-04-21", with: "2028-01-01"))
    #expect(
      try rewrite(base, to: [entry("b/b", "m", one), p])
        == base.replacing("      hold: 'clang'   # until May\n", with: "")
        .replacing("      # the vendor's day\n      eol: 2027-04-21\n", with: ""))
    #expect(
      try rewrite(
        base,
        to: [
          entry("b/b", "m", one, hold: "clang", eol: "2027-04-21"),
          entry("b/b", "p", one, hold: "x", eol: "2027-04-21"),
        ])
        == base.replacing(
          "      digest: \(one)\n",
          with: "      digest: \(one)\n      hold: \"x\"\n      eol: 2027-04-21\n"))
  }

  /// Not canonical, so that it would show if the file were formatted.
  @Test func theFilesOwnFormIsKept() throws {
    let open = "version: 1\nrepositories:\n r:\n    x:\n       digest: \(one)"
    #expect(
      try rewrite(open, to: [entry("r", "x", two, hold: "y", eol: "2027-04-21"), entry("r", "z", one)])
        == open.replacing(one, with: two)
        + "\n       hold: \"y\"\n       eol: 2027-04-21\n\n    z:\n       digest: \(one)\n")
    let donor = "version: 1\nrepositories: {r: {x: {digest: \(two)}}} # new"
    #expect(
      try rewrite(open, to: [entry("r", "x", two)], donor: donor) == open.replacing(one, with: "\(two) # new")
    )
    let dense = open + "\n    b:\n       digest: \(one)\n    y:\n       digest: \(one)\n"
    #expect(
      try rewrite(
        dense, to: [entry("r", "a", two), entry("r", "b", one), entry("r", "x", one), entry("r", "y", one)])
        == dense.replacing("    x:", with: "    a:\n       digest: \(two)\n\n    x:"))
    #expect(
      try rewrite(
        dense, to: [entry("r", "b", one), entry("r", "x", one), entry("r", "xx", two), entry("r", "y", one)])
        == dense.replacing("    y:", with: "\n    xx:\n       digest: \(two)\n\n    y:"))
    #expect(
      try rewrite(dense, to: [entry("r", "x", one), entry("r", "y", one)])
        == dense.replacing("    b:\n       digest: \(one)\n", with: ""))
    let returns = dense.replacing("\n", with: "\r\n")
    #expect(
      try rewrite(returns, to: [entry("r", "x", one, hold: "h"), entry("r", "y", one), entry("s", "b", one)])
        == returns.replacing("    b:\r\n       digest: \(one)\r\n", with: "")
        .replacing(
          "x:\r\n       digest: \(one)\r\n", with: "x:\r\n       digest: \(one)\r\n       hold: \"h\"\r\n")
        + "\r\n s:\r\n    b:\r\n      digest: \(one)\r\n")
  }

  @Test func additionsAndRemovalsAtOnce() throws {
    #expect(
      try rewrite(
        base,
        to: [
          entry("a", "x", two), entry("b/b", "a", two), entry("b/b", "n", two), entry("b/b", "o", one),
          entry("c", "y", one), entry("c", "z", two),
        ]) == """
          # header
          version: 1
          repositories:
            a:
              x:
                digest: \(two)

            b/b:   # the repository
              a:
                digest: \(two)

              n:
                digest: \(two)

              o:
                digest: \(one)

              # not yet: q

            c:
              y:
                digest: \(one)

              z:
                digest: \(two)

          # footer

          """)
  }

  @Test func theLastImageLeavesAValidFile() throws {
    #expect(
      try rewrite(base, to: []) == """
        # header
        version: 1
        repositories:
          b/b: {}   # the repository
            # not yet: q

        # footer

        """)
    let plain = "version: 1\nrepositories:\n  a:\n    x:\n      digest: \(one)\n"
    #expect(try rewrite(plain, to: []) == "version: 1\nrepositories: {}\n")
    #expect(try rewrite(plain, to: [entry("c", "x", one)]) == plain.replacing("a:", with: "c:"))
  }

  @Test func commentsTravelWithTheDonorsImages() throws {
    let donor = """
      version: 1
      repositories:
          # about b
          b/b:
              # news about m
              # in two lines
              m:
                  # built by hand
                  digest: \(two) # tested again
                  hold: |-
                    because
                  # below m
              # about o
              o: {digest: \(two)} # flow

              # not taken
              p:
                  digest: \(two)
          # about c
          c: # of theirs
              x: # new
                  digest: \(one)

              # below c

      """
    #expect(
      try rewrite(
        base,
        to: [
          entry("b/b", "m", two, hold: "because"), entry("b/b", "o", two), entry("b/b", "p", one, hold: "x"),
          entry("c", "x", one),
        ], donor: donor) == """
          # header
          version: 1
          repositories:
            b/b:   # the repository
              # news about m
              # in two lines
              m:
                # built by hand
                digest: \(two) # tested again
                hold: "because"
                # below m

              # about o
              o:
                digest: \(two) # flow

              # about p
              p:
                digest: \(one)
                hold: "x"
              # not yet: q

            # about c
            c: # of theirs
              x: # new
                digest: \(one)

              # below c

          # footer

          """)
  }

  @Test func flowStyleIsBroughtToCanonicalForm() throws {
    let flow = "version: 1 # one\nrepositories: {c: {x: {digest: \(one)}}} # all\n"
    #expect(
      try rewrite(flow, to: [entry("c", "x", one, hold: "h"), entry("c", "y", two)]) == """
        version: 1 # one
        repositories:
          c:
            x:
              digest: \(one) # all
              hold: "h"

            y:
              digest: \(two)

        """)
    // One image in flow style is no reason to touch the others.
    let mixed =
      "version: 1\nrepositories:\n c:\n   x: {digest: \(one)} # flow\n   y:\n       digest: '\(one)'\n"
    #expect(
      try rewrite(mixed, to: [entry("c", "x", two, hold: "h"), entry("c", "y", one)])
        == mixed.replacing(
          "   x: {digest: \(one)} # flow\n", with: "   x:\n     digest: \(two) # flow\n     hold: \"h\"\n"))
  }

  @Test func severalFiles() throws {
    let a = file("version: 1\nrepositories:\n  a:\n    x:\n      digest: \(one)\n", "state/a.yaml")
    let b = file("version: 1\nrepositories:\n  b:\n    x:\n      digest: \(one)\n", "state/b.yaml")
    let donor = [
      file("version: 1\nrepositories: {b: {y: {digest: \(two)}}, c: {x: {digest: \(one)}}}", "state/b.yaml"),
      file("version: 1\nrepositories: {e: {x: {digest: \(one)}}} # e", "state/e.yaml"),
    ]
    let target = try DesiredState([
      entry("a", "x", one), entry("b", "x", one), entry("b", "y", two), entry("c", "x", one),
      entry("d", "x", one), entry("e", "x", one),
    ])
    let result = try StateText.rewriting([b, a], to: target, donor: donor)
    #expect(result.map(\.path) == ["state/a.yaml", "state/b.yaml", "state/e.yaml"])
    #expect(
      result.map { String(decoding: $0.bytes, as: UTF8.self) } == [
        "version: 1\nrepositories:\n  a:\n    x:\n      digest: \(one)\n\n  d:\n    x:\n      digest: \(one)\n",
        "version: 1\nrepositories:\n  b:\n    x:\n      digest: \(one)\n\n    y:\n      digest: \(two)\n\n"
          + "  c:\n    x:\n      digest: \(one)\n",
        "version: 1\nrepositories:\n  e:\n    x:\n      digest: \(one) # e\n",
      ])
    // A repository that stands in another file there stays in its file here: it may not stand in two.
    let moved = [file("version: 1\nrepositories: {a: {y: {digest: \(two)}}}", "state/b.yaml")]
    let both = try DesiredState([entry("a", "x", one), entry("a", "y", two), entry("b", "x", one)])
    #expect(try StateText.rewriting([a, b], to: both, donor: moved).map(\.path) == ["state/a.yaml"])
    #expect(
      try StateText.rewriting([a, b], to: DesiredState([entry("b", "x", one)])).map(\.path) == [a.path])
    #expect(try StateText.rewriting([], to: both, donor: [a, b]).map(\.path) == [a.path, b.path])
    #expect(try StateText.rewriting([], to: .empty, donor: [a, b]).isEmpty)
  }

  @Test func whatCannotBeWrittenIsSaid() throws {
    let nowhere = #expect(throws: StateEditError.self) {
      try StateText.rewriting([], to: DesiredState([entry("a", "x", one)]))
    }
    #expect(
      nowhere?.description == "there is no state file to write a to: make one: tagkeeper init")
    let empty = #expect(throws: StateEditError.self) {
      try rewrite(base, to: [entry("b/b", "m", one, hold: " \n")])
    }
    #expect(empty?.description == "the hold of b/b/m is empty: give a reason, or no hold")
    let broken = #expect(throws: StateEditError.self) { try rewrite("version: 2", to: []) }
    #expect(broken?.problem == "images.yaml has errors and was not edited")
    let donor = #expect(throws: StateEditError.self) {
      try StateText.rewriting([file(base)], to: .empty, donor: [file("version: 2", "main.yaml")])
    }
    #expect(donor?.problem == "main.yaml has errors and was not edited")
  }
}
