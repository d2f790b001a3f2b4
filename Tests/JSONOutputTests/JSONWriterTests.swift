import FoundationEssentials
import JSONOutput
import Testing

@Suite struct JSONWriterTests {
  @Test func writesOneLineInTheOrderGiven() {
    let text = JSONWriter.text { json in
      json.object {
        $0.member("z", 1)
        $0.member("a", nil as String?)
        $0.member("flag", true)
        $0.key("list")
        $0.array([1, 2]) { $0.integer($1) }
        $0.key("empty")
        $0.array([Int]()) { $0.integer($1) }
        $0.key("nested")
        $0.object { $0.member("path", "a/b") }
      }
    }
    #expect(
      text
        == #"{"z":1,"a":null,"flag":true,"list":[1,2],"empty":[],"nested":{"path":"a/b"}}"#
    )
  }

  @Test func everyTextIsReadBack() throws {
    let scalars = (0...0x2fff).compactMap(Unicode.Scalar.init) + ["🦀", "\u{2028}"]
    let hostile = String(String.UnicodeScalarView(scalars))
    let text = JSONWriter.text { $0.array([hostile]) { $0.string($1) } }
    #expect(try JSONDecoder().decode([String].self, from: Data(text.utf8)) == [hostile])
    #expect(!text.utf8.contains { $0 < 0x20 || $0 == 0x7f })
  }
}
