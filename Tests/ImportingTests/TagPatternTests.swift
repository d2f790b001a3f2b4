import Importing
import Model
import TestSupport
import Testing

@Suite struct TagPatternTests {
  private func image(_ pattern: String, _ tag: String) throws -> String? {
    try TagPattern(pattern).image(of: TagName(tag))?.description
  }

  @Test func theStarIsTheImagesName() throws {
    #expect(try image("*-latest", "alpine-3.20-latest") == "alpine-3.20")
    #expect(try image("*-latest", "alpine-3.20-staging") == nil)
    #expect(try image("v*", "v1.2") == "1.2")
    #expect(try image("a-*-b", "a-x-b") == "x")
    #expect(try TagPattern.wholeTag.image(of: TagName("Alpine_3"))?.description == "Alpine_3")
    // Neither nothing, nor a prefix and a suffix that overlap.
    #expect(try image("x*", "x") == nil)
    #expect(try image("ab*bc", "abc") == nil)
    #expect(throws: InvalidValue.self) { try image("v*", "v.1") }
  }

  @Test(arguments: [
    "", "latest", "*-*", "{image}-latest", "-*", "*/x", "*" + String(repeating: "x", count: 128),
  ])
  func whatIsNoPattern(text: String) {
    let error = #expect(throws: InvalidValue.self) { try TagPattern(text) }
    #expect(error?.problem == "\(text.quoted) is not a pattern of tags")
    #expect(error?.remedy == "write a tag with one *, such as '*-latest'")
  }

  @Test func aTemplateIsThePatternOfItsTags() throws {
    #expect(try TagPattern(TagTemplate("{image}-latest")).description == "*-latest")
    let fixed = try TagTemplate("latest")
    let error = #expect(throws: InvalidValue.self) { try TagPattern(fixed) }
    #expect(
      error?.description
        == "the template latest has no {image}, so that its tag tells no image's name: give another channel, or a pattern"
    )
  }

  @Test func theNameOfATemplatesTagIsTheImage() throws {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SeededGenerator(seed: seed)
    let characters = Array("abzAZ09._-")
    for _ in 0..<500 {
      func text(_ most: Int) -> String {
        String(
          (0..<Int.random(in: 0...most, using: &random)).map { _ in characters.randomElement(using: &random)!
          })
      }
      guard let template = try? TagTemplate(text(4) + "{image}" + text(4)),
        let image = try? ImageName(text(6)),
        let tag = try? template.tag(for: image)
      else { continue }
      #expect(try TagPattern(template).image(of: tag) == image, "\(template) \(image), seed \(seed)")
    }
  }
}
