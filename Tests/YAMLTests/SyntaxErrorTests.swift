import Testing
import YAML

/// The whole text of what `Document.parse` reports for `text`.
private func report(_ text: String) -> String { report(Array(text.utf8)) }

private func report(_ bytes: [UInt8]) -> String {
  let (_, diagnostics) = Document.parse(bytes, name: "a.yaml")
  return diagnostics.sorted.map(\.description).joined(separator: "\n")
}

@Suite struct SyntaxErrorTests {
  @Test func syntaxErrorNamesPlaceAndContext() {
    #expect(
      report("a: 1\nb: {c: 2\nd: 3\n") == """
        a.yaml:3:2: error: did not find expected ',' or '}'
          | d: 3
          |  ^
          fix: close the { with a }
        a.yaml:2:4: note: while parsing a flow mapping
          | b: {c: 2
          |    ^
        """)
  }

  @Test func tabAsIndentationIsNamed() {
    #expect(
      report("a:\n\tb: 1\n") == """
        a.yaml:2:1: error: found character that cannot start any token
          | \tb: 1
          | ^
          fix: indent with spaces, not with tabs
        a.yaml:2:1: note: while scanning for the next token
          | \tb: 1
          | ^
        """)
  }

  @Test func anchorsAliasesTagsAreRefused() {
    #expect(
      report("a: &x 1\nb: *x\nc: !!str 1\n") == """
        a.yaml:1:4: error: anchors are not supported
          | a: &x 1
          |    ^
          fix: remove the &name
        a.yaml:2:4: error: aliases are not supported
          | b: *x
          |    ^
          fix: write the value itself
        a.yaml:3:4: error: tags are not supported
          | c: !!str 1
          |    ^
          fix: remove the !tag
        """)
    #expect(report("a: &x {}\nb: !t [1]\n").components("error:") == 2)
  }

  @Test func directivesAreRefused() {
    #expect(
      report("%YAML 1.1\n---\na: 1\n") == """
        a.yaml:1:1: error: directives are not supported
          | %YAML 1.1
          | ^
          fix: remove the lines that begin with %
        """)
    #expect(report("%TAG ! tag:x,2000:\n---\na: 1\n").components("error: directives") == 1)
  }

  @Test func aSecondDocumentIsRefused() {
    #expect(
      report("a: 1\n---\nb: 2\n") == """
        a.yaml:2:1: error: a second document begins here
          | ---
          | ^
          fix: keep one document a file
        """)
    #expect(report("---\na: 1\n...\n").isEmpty)
  }

  @Test func depthOver16IsRefusedAtItsPlace() {
    let brackets = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
    #expect(report(brackets(16)).isEmpty)
    #expect(
      report(brackets(17)) == """
        a.yaml:1:17: error: this is nested deeper than 16 levels
          | [[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]
          |                 ^
          fix: check the brackets and the indentation
        """)
    // A bomb of brackets ends at the 17th, long before its end is looked for.
    #expect(report(String(repeating: "[", count: 1_000_000)).contains(":1:17: error: this is nested deeper"))
  }

  @Test func bytesThatAreNotUTF8AreNamed() {
    #expect(
      report(Array("a: 1\nb: \u{E9}".utf8) + [0xFF, 0x41]) == """
        a.yaml:2:5: error: the byte 0xFF is not UTF-8
          | b: é\u{FFFD}A
          |     ^
          fix: save the file as UTF-8
        """)
    // UTF-16 would be guessed from its byte order mark.
    #expect(report([0xFF, 0xFE, 0x61, 0x00]).hasPrefix("a.yaml:1:1: error: the byte 0xFF is not UTF-8"))
    #expect(report([0x61, 0xE2, 0x82]).hasPrefix("a.yaml:1:2: error: the byte 0xE2 is not UTF-8"))
  }

  @Test(arguments: [
    ("\0", "the control character U+0000"), ("\u{1B}", "the control character U+001B"),
    ("\u{7F}", "the control character U+007F"), ("\u{9B}", "the control character U+009B"),
    ("\u{85}", "the line separator U+0085"), ("\u{2028}", "the line separator U+2028"),
    ("\u{FEFF}", "a byte order mark (U+FEFF) after the beginning"),
    ("\u{FFFF}", "the control character U+FFFF"),
  ])
  func charactersOutsideYAMLAreNamed(_ character: String, _ name: String) {
    #expect(
      report("a: 1\nb: x\(character)").hasPrefix("a.yaml:2:5: error: \(name) can't stand in a YAML file\n"))
  }

  @Test func textsOver64MiBAreRefused() {
    #expect(
      report([UInt8](repeating: 0x20, count: (64 << 20) + 1))
        .hasPrefix("a.yaml:1:1: error: the file has 65 MiB, and 64 MiB are the most"))
    #expect(report([UInt8](repeating: 0x20, count: 64 << 20)).isEmpty)
  }

  @Test func aByteOrderMarkIsAcceptedAndNotCounted() {
    #expect(report("\u{FEFF}a: 1\nb: 2\n").isEmpty)
    #expect(report("\u{FEFF}a: *x\n").hasPrefix("a.yaml:1:4: error: aliases"))
  }

  @Test func theTreeBeforeASyntaxErrorIsKept() throws {
    let (document, diagnostics) = Document.parse(Array("a: 1\nb:\n  c: 2\n  d: {e\n f".utf8), name: "a.yaml")
    #expect(diagnostics.hasErrors)
    #expect(!document.isComplete)
    let root = try #require(document.root)
    #expect(!root.isComplete)
    #expect(root.pairs.map(\.key.text) == ["a", "b"])
    let inner = try #require(Array(root.pairs).last?.value)
    #expect(inner.pairs.map(\.key.text).first == "c")
    #expect(Array(inner.pairs).first?.value.text == "2")
  }

  @Test func aKeyWhoseValueIsCutOffIsUnreadable() throws {
    let (document, _) = Document.parse(Array("a: 1\nb: \"x".utf8), name: "a.yaml")
    let pairs = Array(try #require(document.root).pairs)
    #expect(pairs.map(\.key.text) == ["a", "b"])
    #expect(pairs.last?.value.kind == .unreadable)
  }
}

extension String {
  fileprivate func components(_ separator: String) -> Int { split(separator: separator).count - 1 }
}
