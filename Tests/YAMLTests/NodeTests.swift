import Testing
import YAML

@Suite struct NodeTests {
  private func parse(_ text: String) throws -> Node {
    let (document, diagnostics) = Document.parse(Array(text.utf8), name: "a.yaml")
    #expect(diagnostics.sorted.map(\.description) == [])
    return try #require(document.root)
  }

  private func source(_ node: Node) -> String {
    String(decoding: node.document.source.bytes[node.range], as: UTF8.self)
  }

  @Test func textsAndBytesOfEveryStyle() throws {
    let text = """
      é: plain ünï
      "日本": 'it''s'
      🙂: {"a\\tb": [x, "y\\u2028"], z: }
      folded: one
        two
      block: |  # comment
        line é
      last: ü
      """
    let root = try parse(text)
    let pairs = Array(root.pairs)
    #expect(pairs.map(\.key.text) == ["é", "日本", "🙂", "folded", "block", "last"])
    #expect(pairs.map { source($0.key) } == ["é", "\"日本\"", "🙂", "folded", "block", "last"])
    #expect(pairs[0].value.text == "plain ünï")
    #expect((pairs[1].value.text, source(pairs[1].value)) == ("it's", "'it''s'"))
    #expect(pairs[1].value.style == .singleQuoted)
    #expect(source(pairs[2].value) == #"{"a\tb": [x, "y\u2028"], z: }"#)
    let flow = Array(pairs[2].value.pairs)
    #expect(flow.map(\.key.text) == ["a\tb", "z"])
    #expect(flow[0].value.items.map(\.text) == ["x", "y\u{2028}"])
    #expect(flow[1].value.isNull)
    #expect((pairs[3].value.text, source(pairs[3].value)) == ("one two", "one\n  two"))
    #expect((pairs[4].value.text, pairs[4].value.style) == ("line é\n", .block))
    #expect((pairs[5].value.text, source(pairs[5].value)) == ("ü", "ü"))
    #expect((root.count, root.style) == (6, .block))
  }

  @Test func blockCollectionsEndWithTheirLastNode() throws {
    let root = try parse("a:\n  b:\n    c: x   # comment\n\n\nd: y\n")
    #expect(source(Array(root.pairs)[0].value) == "b:\n    c: x")
    #expect(source(root) == "a:\n  b:\n    c: x   # comment\n\n\nd: y")
  }

  @Test(arguments: ["\n", "\r\n", "\r"])
  func everyLineBreakCounts(_ lineBreak: String) throws {
    let root = try parse(["a: é", "b: x", "", "c: *"].dropLast().joined(separator: lineBreak))
    #expect(Array(root.pairs).map { source($0.value) } == ["é", "x"])
    let (_, diagnostics) = Document.parse(
      Array(["a: é", "", "b: *x"].joined(separator: lineBreak).utf8), name: "a.yaml")
    #expect(diagnostics.sorted.map { "\($0.place)" } == ["a.yaml:3:4"])
  }

  @Test func noDocumentIsNoRoot() {
    for text in ["", "\n\n", "# only a comment\n", "\u{FEFF}"] {
      #expect(Document.parse(Array(text.utf8), name: "a.yaml").document.root == nil)
    }
  }

  @Test func scalarRangesCoverWhatTheyRead() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededGenerator(seed)
    let pieces = ["a", "é", "日", "🙂", "x-1", "3.20"]
    for _ in 0..<200 {
      var lines: [String] = []
      var expected: [String] = []
      for index in 0..<Int.random(in: 1...8, using: &random) {
        let name = "k\(index)" + pieces.randomElement(using: &random)!
        let value = pieces.randomElement(using: &random)! + pieces.randomElement(using: &random)!
        lines += [
          "\(name): \(value)", "\(name): \"\(value)\"  # é", "# 日本\n\(name):   \(value)",
          "? \(name)\n: {\(name): \(value)}",
        ].randomElement(using: &random)!.split(separator: "\n").map(String.init)
        expected.append(name)
      }
      let text = lines.joined(separator: ["\n", "\r\n"].randomElement(using: &random)!)
      let (document, diagnostics) = Document.parse(Array(text.utf8), name: "a.yaml")
      #expect(!diagnostics.hasErrors, "seed \(seed): \(text)")
      #expect(
        document.root.map { $0.pairs.map { source($0.key) } } == expected, "seed \(seed): \(text)")
    }
  }
}

/// SplitMix64: a failure repeats with its seed.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
