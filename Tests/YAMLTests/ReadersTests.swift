import Testing
import YAML

/// Parses `text`, reads its root with `body`, and gives the result and all messages.
private func read<T>(_ text: String, _ body: (Node, inout Diagnostics) -> T) throws -> (T, [String]) {
  var (document, diagnostics) = Document.parse(Array(text.utf8), name: "a.yaml")
  let value = body(try #require(document.root), &diagnostics)
  return (value, diagnostics.sorted.map { "\($0.place.line):\($0.place.column) \($0.message)" })
}

@Suite struct CoreSchemaTests {
  @Test(arguments: [
    "3.20-amd64", "no", "yes", "off", "1_000", "0b1", "nan", "+", ".", "2027-04-21", "1e", "e5", "1.2.3",
    "+.e1", "0x", "0o8", "1e+", "\"1\"", "''",
  ])
  func isText(_ text: String) throws {
    #expect(try read(text) { $0.string("it", &$1) }.0 != nil)
  }

  @Test(arguments: [
    ("1", "number"), ("-1", "number"), ("0x1F", "number"), ("0o17", "number"), ("3.20", "number"),
    ("1e3", "number"), (".5", "number"), (".inf", "number"), ("-.INF", "number"), (".nan", "number"),
    ("1.", "number"), ("true", "bool"), ("FALSE", "bool"),
  ])
  func isNoText(_ text: String, _ kind: String) throws {
    let (value, messages) = try read(text) { $0.string("it", &$1) }
    #expect(value == nil)
    #expect(messages == ["1:1 it takes text, and \(text) is a \(kind)"])
    #expect(try read(text) { $0.name("it", &$1) }.0 == text)
  }

  @Test(arguments: ["~", "null", "Null", "NULL", "---"])
  func isNull(_ text: String) throws {
    let (value, messages) = try read(text) { ($0.isNull, $0.name("it", &$1)) }
    #expect(value == (true, nil))
    #expect(messages.map { $0.drop { $0 != " " } } == [" it has no value"])
  }

  @Test(arguments: [("7", 7), ("-7", -7), ("+07", 7), ("0x1F", 31), ("0o17", 15)])
  func isInteger(_ text: String, _ value: Int) throws {
    #expect(try read(text) { $0.integer("it", &$1) }.0 == value)
  }

  @Test(arguments: [
    ("x", "it takes a whole number, not \"x\""), ("\"7\"", "it takes a whole number, not \"7\""),
    ("1.0", "it takes a whole number, not \"1.0\""), ("[]", "it takes a whole number, not a list"),
    ("99999999999999999999", "it is too large a number: 99999999999999999999"),
  ])
  func isNoInteger(_ text: String, _ message: String) throws {
    #expect(try read(text) { $0.integer("it", &$1) }.1 == ["1:1 " + message])
  }

  @Test func bools() throws {
    #expect(try read("True") { $0.bool("it", &$1) }.0 == true)
    #expect(try read("false") { $0.bool("it", &$1) }.0 == false)
    #expect(try read("yes") { $0.bool("it", &$1) }.1 == ["1:1 it takes true or false, not \"yes\""])
    #expect(try read("{}") { $0.bool("it", &$1) }.1 == ["1:1 it takes true or false, not a mapping"])
  }

  @Test func quotingReadsBackAsItself() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededGenerator(seed)
    let pieces = [
      "a", "Z9", " ", ": ", " #", "\"", "\\", "\t", "\n", "\r", "\0", "\u{1B}", "\u{85}", "\u{2028}",
      "\u{FEFF}", "é",
      "🙂", "{", "]", ",", "-", "...", "---", "null", "3.20", "/", "'", "%", "&x", "*x", "!", "|",
    ]
    for _ in 0..<500 {
      let text = (0..<Int.random(in: 0...6, using: &random)).map { _ in pieces.randomElement(using: &random)!
      }
      .joined()
      for form in [text.yamlDoubleQuoted, text.yamlScalar] {
        for layout in ["k: \(form)\n", "{k: \(form)}", "{k: [\(form), b]}", "\(form): 1"] {
          let (value, messages) = try read(layout) { root, diagnostics -> String? in
            guard let (key, value) = Array(root.pairs).first else { return nil }
            let node = key.text == "k" && !value.isNull ? value.items.first ?? value : key
            return layout.hasSuffix(": 1") ? key.text : node.string("it", &diagnostics)
          }
          #expect(value == text && messages.isEmpty, "seed \(seed): \(layout) \(messages)")
        }
      }
    }
  }
}

@Suite struct FieldsTests {
  private func fields(_ text: String, remedies: [String: String] = [:]) -> [String] {
    var (document, diagnostics) = Document.parse(Array(text.utf8), name: "a.yaml")
    if let root = document.root, var fields = Fields(root, of: "the file", &diagnostics) {
      _ = fields.require("version", remedy: "write version: 1", &diagnostics)
      _ = fields.take("concurrency", &diagnostics)
      fields.finish(&diagnostics, remedies: remedies)
    }
    return diagnostics.sorted.map(\.description)
  }

  @Test func knownKeysAreSilent() {
    #expect(fields("version: 1\nconcurrency: 2\n") == [])
    #expect(fields("{\"version\": 1}") == [])
  }

  @Test func aDuplicateKeyNamesBothPlaces() {
    #expect(
      fields("version: 1\nversion: 2\n") == [
        """
        a.yaml:2:1: error: "version" is given twice
          | version: 2
          | ^
          fix: keep one of the two
        a.yaml:1:1: note: first here
          | version: 1
          | ^
        """
      ])
  }

  @Test func anUnknownKeyGetsTheNearestKnown() {
    #expect(
      fields("version: 1\nconcurency: 2\n") == [
        """
        a.yaml:2:1: error: "concurency" is not a key of the file
          | concurency: 2
          | ^
          fix: did you mean "concurrency"?
        """
      ])
    #expect(fields("verison: 1\nversion: 1\n").first?.hasSuffix("fix: did you mean \"version\"?") == true)
    #expect(
      fields("version: 1\nother: 2\n").first?.hasSuffix("fix: known keys are version, concurrency") == true)
    #expect(
      fields("version: 1\npassphrase: x\n", remedies: ["passphrase": "never"]).first?.hasSuffix("fix: never")
        == true)
  }

  @Test func aMissingKeyIsAnErrorUnlessTheMappingWasCutOff() {
    #expect(
      fields("concurrency: 2\n") == [
        """
        a.yaml:1:1: error: the file has no "version"
          | concurrency: 2
          | ^
          fix: write version: 1
        """
      ])
    #expect(fields("concurrency: 2\nx: \"").allSatisfy { !$0.contains("has no") })
  }

  @Test(arguments: [
    ("[1]", "a.yaml:1:1: error: the file has to be a mapping, not a list"),
    ("text", "a.yaml:1:1: error: the file has to be a mapping, not \"text\""),
    ("~", "a.yaml:1:1: error: the file has no value"),
    ("version: 1\n[a]: 1\n", "a.yaml:2:1: error: a key has to be text"),
  ])
  func wrongKinds(_ text: String, _ firstLine: String) {
    #expect(fields(text).map { $0.split(separator: "\n").first.map(String.init) } == [firstLine])
  }

  @Test func membersAreFreeNamesWithoutDuplicates() throws {
    let (names, messages) = try read("3.20: a\nno: b\nnull: c\nno: d\n") { node, diagnostics in
      node.members(of: "it", &diagnostics).map { "\($0.name)=\($0.value.text)" }
    }
    #expect(names == ["3.20=a", "no=b", "null=c"])
    #expect(messages == ["4:1 \"no\" is declared twice"])
  }
}
