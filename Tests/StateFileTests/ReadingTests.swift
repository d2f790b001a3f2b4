import Model
import StateFile
import Testing
import YAML

private let one = "sha256:" + String(repeating: "1", count: 64)

/// All messages for the files, as one text.
private func report(_ texts: String..., templates: [String] = []) throws -> String {
  let files = texts.enumerated().map { index, text in
    StateText(path: "\(["a", "b"][index]).yaml", bytes: Array(text.utf8))
  }
  let reading = StateText.read(files, templates: try templates.map { try TagTemplate($0) })
  let hasErrors = reading.diagnostics.contains { $0.severity == .error }
  #expect((reading.state == nil) == hasErrors)
  return reading.diagnostics.map(\.description).joined(separator: "\n")
}

/// The messages alone, with their lines and columns.
private func messages(_ text: String, templates: [String] = []) throws -> [String] {
  let templates = try templates.map { try TagTemplate($0) }
  return StateText.read([StateText(path: "a.yaml", bytes: Array(text.utf8))], templates: templates)
    .diagnostics
    .map { "\($0.place.line):\($0.place.column) \($0.severity) \($0.message)" }
}

private func repositories(_ text: String) -> String { "version: 1\nrepositories:\n" + text }

@Suite struct ReadingTests {
  /// From its eol day on an image is due for removal: that day itself is no fault yet.
  @Test(arguments: [("2027-04-20", false), ("2027-04-21", false), ("2027-04-22", true)])
  func aDayThatIsPastIsAWarning(_ today: String, _ isPast: Bool) throws {
    let text = repositories("  a/b:\n    x:\n      digest: \(one)\n      eol: 2027-04-21\n")
    let reading = StateText.read(
      [StateText(path: "a.yaml", bytes: Array(text.utf8))], today: try Day(today))
    #expect(reading.state?.entries.count == 1)
    #expect(
      reading.diagnostics.map { "\($0.place.line) \($0.severity) \($0.message)" }
        == (isPast ? ["4 warning the image is past its eol day, 2027-04-21"] : []))
  }

  @Test func aStateIsRead() throws {
    let text = repositories(
      "  a/b:\n    3.20:\n      digest: \(one)\n\n    no:\n      digest: \(one)\n      hold: \"x\"\n      eol: 2027-04-21\n"
    )
    let reading = StateText.read([StateText(path: "a.yaml", bytes: Array(text.utf8))])
    #expect(reading.diagnostics == [])
    let repository = try RepositoryName("a/b")
    #expect(
      try reading.state
        == DesiredState([
          .init(key: ImageKey(repository, ImageName("3.20")), digest: Digest(one)),
          .init(
            key: ImageKey(repository, ImageName("no")), digest: Digest(one), hold: "x", eol: Day("2027-04-21")
          ),
        ]))
  }

  @Test func filesAreOneState() throws {
    let b = StateText(path: "b.yaml", bytes: Array(repositories("  b:\n    y:\n      digest: \(one)\n").utf8))
    let a = StateText(path: "a.yaml", bytes: Array(repositories("  z:\n    x:\n      digest: \(one)\n").utf8))
    let reading = StateText.read([b, a])
    #expect(reading.diagnostics == [])
    #expect(reading.state?.entries.map(\.key.description) == ["b/y", "z/x"])
  }

  @Test(arguments: [
    "version: 1\nrepositories: {}\n", "version: 1\nrepositories:\n", "version: 1\nrepositories: ~\n",
  ])
  func anEmptyStateIsValid(_ text: String) {
    #expect(StateText.read([StateText(path: "a.yaml", bytes: Array(text.utf8))]).state == .empty)
  }

  @Test func anEmptyFileIsNot() throws {
    #expect(
      try report("# nothing\n") == """
        a.yaml:1:1: error: the file is empty
          | # nothing
          | ^
          fix: write version: 1 and repositories: {}, or undo what emptied it
        """)
    #expect(try messages("") == ["1:1 error the file is empty"])
    #expect(StateText.read([]).diagnostics.map(\.message) == ["there is no file to read"])
    #expect(StateText.read([]).state == nil)
  }

  @Test func allErrorsOfMeaningAndTheFirstOfSyntax() throws {
    #expect(
      try report(
        """
        version: 1
        repositories:
          a/b:
            x:
              digest: sha256:12
            y:
              digset: \(one)
            z: {digest: *no}
            v:
              digest: \(one)
              hold: true
              eol: 2027-02-29
          a/c: "
        """) == """
          a.yaml:5:15: error: "sha256:12" is not a digest
            |       digest: sha256:12
            |               ^
            fix: write sha256: and 64 lower-case hex digits
          a.yaml:6:5: error: the image has no "digest"
            |     y:
            |     ^
            fix: write digest: sha256:… below it
          a.yaml:7:7: error: "digset" is not a key of the image
            |       digset: \(one)
            |       ^
            fix: did you mean "digest"?
          a.yaml:8:17: error: aliases are not supported
            |     z: {digest: *no}
            |                 ^
            fix: write the value itself
          a.yaml:11:13: error: "hold" takes text, and true is a bool
            |       hold: true
            |             ^
            fix: put it in quotes: "true"
          a.yaml:12:12: error: "2027-02-29" is not a day
            |       eol: 2027-02-29
            |            ^
            fix: write it as 2027-04-21
          a.yaml:13:9: error: found unexpected end of stream
            |   a/c: "
            |         ^
            fix: close the quotes
          a.yaml:13:8: note: while scanning a quoted scalar
            |   a/c: "
            |        ^
          """)
  }

  @Test func duplicatesNameBothPlaces() throws {
    #expect(
      try report(
        repositories("  a:\n    x:\n      digest: \(one)\n    x:\n      digest: \(one)\n  a: {}\n"),
        repositories("  a:\n    x:\n      digest: \(one)\n      digest: \(one)\n")) == """
          a.yaml:6:5: error: "x" is declared twice
            |     x:
            |     ^
            fix: keep one of the two
          a.yaml:4:5: note: first here
            |     x:
            |     ^
          a.yaml:8:3: error: the repository "a" is declared twice
            |   a: {}
            |   ^
            fix: keep one of the two
          a.yaml:3:3: note: first here
            |   a:
            |   ^
          b.yaml:3:3: error: the repository "a" is declared twice
            |   a:
            |   ^
            fix: keep one of the two
          a.yaml:3:3: note: first here
            |   a:
            |   ^
          b.yaml:4:5: error: "x" is declared twice
            |     x:
            |     ^
            fix: keep one of the two
          a.yaml:4:5: note: first here
            |     x:
            |     ^
          b.yaml:6:7: error: "digest" is given twice
            |       digest: \(one)
            |       ^
            fix: keep one of the two
          b.yaml:5:7: note: first here
            |       digest: \(one)
            |       ^
          """)
  }

  @Test(arguments: [
    ("repositories: {}\n", "1:1 error the file has no \"version\""),
    ("version: 2\nimages: {}\n", "1:10 error version 2 is not supported"),
    ("version: \"1\"\nrepositories: {}\n", "1:10 error \"version\" takes a whole number, not \"1\""),
    ("version: 1\n", "1:1 error the file has no \"repositories\""),
    ("version: 1\nrepositories: []\n", "2:15 error \"repositories\" has to be a mapping, not a list"),
    ("- 1\n", "1:1 error the file has to be a mapping, not a list"),
    (repositories("  A: {}\n"), "3:3 error \"A\" is not a repository name"),
    (repositories("  a: []\n"), "3:6 error the repository \"a\" has to be a mapping, not a list"),
    (repositories("  a:\n    .x: {digest: \(one)}\n"), "4:5 error \".x\" is not an image name"),
    (repositories("  a:\n    x:\n"), "4:5 error the image has no \"digest\""),
    (repositories("  a:\n    x: {}\n"), "4:5 error the image has no \"digest\""),
    (repositories("  a:\n    x: {\n"), "5:1 error did not find expected node content"),
    (repositories("  a:\n    x: \(one)\n"), "4:8 error the image \"x\" has to be a mapping, not \"\(one)\""),
    (repositories("  a:\n    x: {digest: }\n"), "4:17 error \"digest\" has no value"),
    (repositories("  a:\n    x: {digest: \(one), hold: }\n"), "4:96 error \"hold\" has no value"),
    (repositories("  a:\n    x: {digest: \(one), hold: \" \"}\n"), "4:96 error \"hold\" is empty"),
    (
      repositories("  a:\n    x: {digest: \(one), eol: 21.4.2027}\n"), "4:95 error \"21.4.2027\" is not a day"
    ),
  ])
  func errors(_ text: String, _ message: String) throws {
    #expect(try messages(text) == [message])
  }

  @Test func aRegistryHostIsRefused() throws {
    #expect(
      try report("version: 1\nregistry: https://r.example\nrepositories:\n  r.example:5000/a: {}\n") == """
        a.yaml:2:1: error: "registry" is not a key of the file
          | registry: https://r.example
          | ^
          fix: no registry host here: it stands in tagkeeper.yaml
        a.yaml:4:3: error: "r.example:5000/a" is not a repository name
          |   r.example:5000/a: {}
          |   ^
          fix: no registry host here: write what follows it, such as team/images
        """)
    #expect(
      try messages(repositories("  r.example/a: {}\n"))
        == ["3:3 warning \"r.example/a\" looks as if it began with a registry host"])
  }

  @Test func tagsAreCheckedUnderEveryTemplate() throws {
    let long = String(repeating: "x", count: 122)
    #expect(
      try messages(
        repositories("  a:\n    \(long):\n      digest: \(one)\n"), templates: ["{image}", "{image}-latest"]
      )
      .map { $0.prefix(50) } == ["4:5 error under {image}-latest \"xxxxxxxxxxxxxxxxxx"])
    let two = "  a:\n    x:\n      digest: \(one)\n\n    x-b:\n      digest: \(one)\n"
    #expect(try messages(repositories(two), templates: ["{image}-b", "{image}-latest"]) == [])
    #expect(
      try report(repositories(two), templates: ["stable"]) == """
        a.yaml:7:5: error: "x-b" gives the tag stable, and "x" does too
          |     x-b:
          |     ^
          fix: rename one of the two images
        a.yaml:4:5: note: the other image
          |     x:
          |     ^
        """)
    #expect(
      try messages(repositories(two), templates: ["{image}", "{image}-b"])
        == ["7:5 error \"x-b\" gives the tag x-b, and \"x\" does too"])
    // Another repository has other tags.
    #expect(
      try messages(
        repositories("  a:\n    x:\n      digest: \(one)\n\n  b:\n    y:\n      digest: \(one)\n"),
        templates: ["stable"])
        == [])
  }

  @Test(arguments: [
    (
      repositories("  a:\n    y:\n      digest: \(one)\n\n    x:\n      digest: \(one)\n"), "4:5",
      "expected \"    x:\""
    ),
    (
      repositories("  a:\n    x:\n      digest: \(one)\n    y:\n      digest: \(one)\n"), "6:1",
      "a blank line is expected here"
    ),
    (repositories("\n  a:\n    x:\n      digest: \(one)\n"), "3:1", "expected \"  a:\""),
    (repositories("  a:\n    x: {digest: \(one)}\n"), "4:7", "expected \"    x:\""),
    (repositories("  a:\n    x:\n      digest: \(one)"), "5:86", "the last line does not end"),
    (repositories("  a:\n    x:\n      digest: \(one)\n\n"), "6:1", "the file should end here"),
    ("version: 1\r\nrepositories: {}\r\n", "1:11", "the line ends with CR"),
    ("\u{FEFF}version: 1\nrepositories: {}\n", "1:1", "the file begins with a byte order mark"),
  ])
  func anotherFormIsOneWarning(_ text: String, _ place: String, _ difference: String) throws {
    let reading = StateText.read([StateText(path: "a.yaml", bytes: Array(text.utf8))])
    #expect(reading.state != nil)
    #expect(
      reading.diagnostics.map { "\($0.place) \($0.message)" }
        == ["a.yaml:\(place) not in canonical form: \(difference)"])
    #expect(reading.diagnostics.first?.remedy == "run tagkeeper fmt a.yaml")
  }
}

@Suite struct HistoryTests {
  private func entries(_ text: String) -> [String] {
    StateText(path: "a.yaml", bytes: Array(text.utf8)).lenientReading().entries
      .map { "\($0.key) \($0.digest.short) \($0.hold ?? "-") \($0.eol.map { "\($0)" } ?? "-")" }
  }

  @Test func whatCanBeReadIsRead() {
    #expect(
      entries(
        """
        version: 9
        owner: someone
        repositories:
          A: {x: {digest: \(one)}}
          a:
            x: {digest: \(one), hold: why, eol: soon, since: 2024}
            x: {digest: \(one), eol: 2027-04-21}
            y: {digest: nothing}
            z: \(one)
            .w: {digest: \(one)}
            v: {digest: \(one), digest: sha256:\(String(repeating: "2", count: 64))}
          a:
            u: {digest: \(one)}
            t: {digest: \(one), hold: {
        """) == [
          "a/x sha256:111111111111 why -", "a/x sha256:111111111111 - 2027-04-21",
          "a/v sha256:111111111111 - -", "a/v sha256:222222222222 - -", "a/u sha256:111111111111 - -",
          "a/t sha256:111111111111 - -",
        ])
  }

  @Test(arguments: [
    "", "[", "text", "repositories: 1", "repositories: [a]", "\u{0}", "repositories: {a: b, [c]: d}",
  ])
  func garbageIsNothing(_ text: String) {
    #expect(entries(text) == [])
    #expect(StateText(path: "a.yaml", bytes: [0xFF, 0xFE]).lenientReading().entries.isEmpty)
  }

  /// What a channel would never have applied, though all its images can be read.
  @Test func whatWasNeverAppliedIsNotValid() {
    func isValid(_ text: String) -> Bool {
      StateText(path: "a.yaml", bytes: Array(text.utf8)).lenientReading().isValid
    }
    let images = "repositories:\n  a:\n    x: {digest: \(one)}\n"
    #expect(isValid("version: 1\n" + images))
    #expect(isValid("version: 1\n\(images)    b: {digest: \(one), hold: why}\n"))
    for text in [
      images, "version: 2\n" + images, "version: 1\nowner: me\n" + images, "version: 1\n" + images + images,
      "version: 1\n\(images)    x: {digest: \(one)}\n",
      "version: 1\n\(images)    y: {digest: \(one), by: me}\n",
      "version: 1\n\(images)    y: {digest: \(one), digest: \(one)}\n",
    ] {
      #expect(!isValid(text), "\(text)")
    }
  }
}
