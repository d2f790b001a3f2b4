import Model
import TestSupport
import Testing

@Suite struct KeepTemplateTests {
  @Test func aTagNamesTheGeneration() throws {
    let template = try KeepTemplate("v_{image}-{date}-{commit}.k")
    let time = try Timestamp("2026-11-22T23:59:59+00:00")
    let commit = try CommitID(String(repeating: "0123456789", count: 4))
    #expect(
      try template.tag(for: ImageName("a.b"), since: time, commit).description
        == "v_a.b-2026-11-22-012345678901.k")
    // The day is UTC's.
    let later = try Timestamp("2026-11-22T23:30:00-01:00")
    #expect(
      try KeepTemplate("{commit}{date}{image}").tag(for: ImageName("a"), since: later, commit).description
        == "0123456789012026-11-23a")
  }

  @Test func theLengthIsKnownBeforeTheCommit() throws {
    let template = try KeepTemplate("{image}-{date}-{commit}")
    let longest = try ImageName(String(repeating: "a", count: 104))
    try template.validate(longest)
    #expect(try template.tag(for: longest, since: Timestamp(seconds: 0), commit(1)).description.count == 128)
    #expect(throws: InvalidValue.self) { try template.validate(ImageName("\(longest)a")) }
  }

  @Test(arguments: [
    "", "{image}", "{commit}", "{image}{date}", "{image}{image}{commit}", "{image}{commit}{commit}",
    "{image}{date}{date}{commit}", "{image}{x}{commit}", "-{image}{commit}", "{image} {commit}",
    "{image}-{commit",
  ])
  func whatIsNoTemplate(_ text: String) {
    #expect(throws: InvalidValue.self) { try KeepTemplate(text) }
  }
}
