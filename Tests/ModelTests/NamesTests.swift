import Model
import Testing

@Suite struct NamesTests {
  @Test(arguments: [
    "a", "dotnet-buildtools/prereqs", "a.b_c__d-e---f/0", "x/y/z", String(repeating: "a", count: 255),
  ])
  func repositoryIsAccepted(_ text: String) throws {
    #expect(try RepositoryName(text).description == text)
  }

  @Test(arguments: [
    "", "A", "a/", "/a", "a//b", "a..b", "a___b", "-a", "a-", "a._b", "a b", "registry.example:5000/a", "é",
    String(repeating: "a", count: 256),
  ])
  func repositoryIsRefused(_ text: String) {
    #expect(throws: InvalidValue.self) { try RepositoryName(text) }
  }

  @Test(arguments: ["a", "_", "3.20", "Ubuntu-22.04_helix", String(repeating: "a", count: 128)])
  func tagIsAccepted(_ text: String) throws {
    #expect(try TagName(text).description == text)
    #expect(try ImageName(text).description == text)
  }

  @Test(arguments: ["", ".a", "-a", "a/b", "a:b", "a b", "é", "a\n", String(repeating: "a", count: 129)])
  func tagIsRefused(_ text: String) {
    #expect(throws: InvalidValue.self) { try TagName(text) }
    #expect(throws: InvalidValue.self) { try ImageName(text) }
  }

  @Test func referrersTagsAreRecognised() throws {
    let hex = String(repeating: "0f", count: 32)
    #expect(try TagName("sha256-" + hex).isReferrersTag)
    #expect(try TagName("sha256-" + hex + ".sig").isReferrersTag)
    #expect(try !TagName("sha256-" + hex.dropLast()).isReferrersTag)
    #expect(try !TagName("sha256-" + hex.dropLast() + "g").isReferrersTag)
  }

  @Test func quotingEscapesControlCharacters() {
    #expect("a\u{1b}[31m".quoted == "\"a\\u{1b}[31m\"")
  }

  /// Unicode's `Bidi_Control` (UAX 9): these reorder what stands around them.
  @Test(arguments: [0x61c, 0x200e, 0x200f] + Array(0x202a...0x202e) + Array(0x2066...0x2069) as [UInt32])
  func invisibleMarksAreEscaped(_ value: UInt32) throws {
    let mark = try #require(Unicode.Scalar(value))
    #expect("a\(mark)b".printable == "a\\u{\(String(value, radix: 16))}b")
    #expect("שלום, é\u{200d}".printable == "שלום, é\u{200d}")
  }
}

@Suite struct TagTemplateTests {
  @Test(arguments: [
    ("{image}-latest", "x-latest"), ("{image}", "x"), ("v-{image}", "v-x"), ("stable", "stable"),
  ])
  func makesTags(_ template: String, _ tag: String) throws {
    #expect(try TagTemplate(template).tag(for: ImageName("x")).description == tag)
  }

  @Test(arguments: ["", "{image}{image}", "{Image}", "{image}-{date}", "a b", "-{image}", "{image"])
  func isRefused(_ template: String) {
    #expect(throws: InvalidValue.self) { try TagTemplate(template) }
  }

  @Test(arguments: [
    ("{image}-latest", "x-latest", true), ("{image}-latest", "-latest", false),
    ("{image}-latest", "x-staging", false),
    ("v-{image}", "v-", false), ("{image}", "x", true), ("stable", "stable", true),
    ("stable", "stable2", false),
  ])
  func knowsWhatItCouldMake(_ template: String, _ tag: String, _ expected: Bool) throws {
    guard let tag = try? TagName(tag) else { return #expect(!expected) }
    #expect(try TagTemplate(template).couldMake(tag) == expected)
  }

  @Test func aTagOver128CharactersIsRefused() throws {
    let template = try TagTemplate("{image}-latest")
    let longest = String(repeating: "a", count: 121)
    #expect(try template.tag(for: ImageName(longest)).description.count == 128)
    #expect(throws: InvalidValue.self) { try template.tag(for: ImageName(longest + "a")) }
  }
}
