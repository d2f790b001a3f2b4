import Testing

/// A state file that must not be applied, and what is said of it.
struct BadState: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let text: String
  /// The diagnostics, as `validate` and a held pass show them.
  let report: String

  private init(_ name: String, _ text: String, _ report: String) {
    (testDescription, self.text) = (name, text)
    self.report = report.replacing("FILE", with: "desired-state/images.yaml")
  }

  var errorCount: Int { report.split(separator: "\n").count { $0.contains(": error: ") } }

  private static let one = "sha256:" + String(repeating: "1", count: 64)
  /// With -latest 128 characters, with -staging 129.
  private static let long = String(repeating: "x", count: 121)
  private static let lists = String(repeating: "[", count: 17)

  private static func images(_ text: String) -> String {
    "version: 1\nrepositories:\n  team/app:\n" + text
  }

  static let all: [BadState] = [
    BadState(
      "a duplicate image", images("    a:\n      digest: \(one)\n\n    a:\n      digest: \(one)\n"),
      """
      FILE:7:5: error: "a" is declared twice
        |     a:
        |     ^
        fix: keep one of the two
      FILE:4:5: note: first here
        |     a:
        |     ^
      """),
    BadState(
      "a duplicate repository",
      images("    a:\n      digest: \(one)\n\n  team/app:\n    b:\n      digest: \(one)\n"),
      """
      FILE:7:3: error: the repository "team/app" is declared twice
        |   team/app:
        |   ^
        fix: keep one of the two
      FILE:3:3: note: first here
        |   team/app:
        |   ^
      """),
    BadState(
      "a duplicate key", images("    a:\n      digest: \(one)\n      digest: \(one)\n"),
      """
      FILE:6:7: error: "digest" is given twice
        |       digest: \(one)
        |       ^
        fix: keep one of the two
      FILE:5:7: note: first here
        |       digest: \(one)
        |       ^
      """),
    BadState(
      "an unknown key", images("    a:\n      digest: \(one)\n      hodl: wait\n"),
      """
      FILE:6:7: error: "hodl" is not a key of the image
        |       hodl: wait
        |       ^
        fix: did you mean "hold"?
      """),
    BadState(
      "two errors of meaning", images("    a:\n      digest: sha256:12\n\n    -b:\n      digest: \(one)\n"),
      """
      FILE:5:15: error: "sha256:12" is not a digest
        |       digest: sha256:12
        |               ^
        fix: write sha256: and 64 lower-case hex digits
      FILE:7:5: error: "-b" is not an image name
        |     -b:
        |     ^
        fix: use letters, digits, . _ and -, not starting with . or -, at most 128 characters
      """),
    BadState(
      "a malformed repository", "version: 1\nrepositories:\n  Team/App:\n    a:\n      digest: \(one)\n",
      """
      FILE:3:3: error: "Team/App" is not a repository name
        |   Team/App:
        |   ^
        fix: use lower-case letters and digits, joined by . _ __ - or /, at most 255, without a host
      """),
    BadState(
      "a tag too long", images("    \(long):\n      digest: \(one)\n"),
      """
      FILE:4:5: error: under {image}-staging "\(long.prefix(80))…" is not a tag
        |     \(long.prefix(96))…
        |     ^
        fix: use letters, digits, . _ and -, not starting with . or -, at most 128 characters
      """),
    BadState(
      "an anchor", images("    a: &x\n      digest: \(one)\n"),
      """
      FILE:4:8: error: anchors are not supported
        |     a: &x
        |        ^
        fix: remove the &name
      """),
    BadState(
      "an alias", images("    a:\n      digest: *x\n"),
      """
      FILE:5:15: error: aliases are not supported
        |       digest: *x
        |               ^
        fix: write the value itself
      """),
    BadState(
      "a tag of YAML's", images("    a:\n      digest: !!str \(one)\n"),
      """
      FILE:5:15: error: tags are not supported
        |       digest: !!str \(one)
        |               ^
        fix: remove the !tag
      """),
    BadState(
      "two documents", images("    a:\n      digest: \(one)\n---\nversion: 1\n"),
      """
      FILE:6:1: error: a second document begins here
        | ---
        | ^
        fix: keep one document a file
      """),
    BadState(
      "a depth over 16", "version: 1\nrepositories: {team/app: {a: {digest: \(lists)",
      """
      FILE:2:39: error: "digest" takes text, not a list
        | repositories: {team/app: {a: {digest: \(lists)
        |                                       ^
        fix: write one value behind the key
      FILE:2:51: error: this is nested deeper than 16 levels
        | repositories: {team/app: {a: {digest: \(lists)
        |                                                   ^
        fix: check the brackets and the indentation
      """),
    BadState(
      "broken syntax", images("    a: [\n"),
      """
      FILE:4:8: error: the image has to be a mapping, not a list
        |     a: [
        |        ^
        fix: write key: value lines, without the [ ]
      FILE:5:1: error: did not find expected node content
        fix: write a value here, or close the bracket before it
      FILE:5:1: note: while parsing a flow node
      """),
    BadState(
      "another version", "version: 2\nrepositories: {}\n",
      """
      FILE:1:10: error: version 2 is not supported
        | version: 2
        |          ^
        fix: this tagkeeper reads version 1: upgrade it
      """),
    BadState(
      "an empty file", "",
      """
      FILE:1:1: error: the file is empty
        fix: write version: 1 and repositories: {}, or undo what emptied it
      """),
  ]
}
