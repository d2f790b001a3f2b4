import Testing

@testable import Registry

@Suite struct ImageIndexTests {
  private func index(_ member: String) -> [UInt8] {
    Array(#"{"manifests":[],"schemaVersion":2,"x":\#(member)}"#.utf8)
  }

  private func nested(_ depth: Int, _ open: String, _ value: String, _ close: String) -> [UInt8] {
    index(String(repeating: open, count: depth) + value + String(repeating: close, count: depth))
  }

  /// What is read is written again whole: an index whose text gets lost would take all tags of a layout along.
  @Test(arguments: [("[", "]"), (#"{"a":"#, "}")])
  func whatIsNestedTooDeepIsNoIndex(open: String, close: String) {
    let deepest = nested(JSONValue.deepest - 1, open, "1", close)
    #expect(ImageIndex(json: deepest)?.bytes == deepest)
    // † At 511 the decoder takes it, in some seconds, and the encoder no more; at 512 neither does.
    for depth in [JSONValue.deepest, 511, 512, 1_000_000] {
      #expect(ImageIndex(json: nested(depth, open, "1", close)) == nil, "\(depth)")
    }
  }

  @Test func bracketsWithinTextsAreNotNested() {
    let text = index(#""\\\"\#(String(repeating: "[{", count: 100))""#)
    #expect(ImageIndex(json: text)?.bytes == text)
  }
}
