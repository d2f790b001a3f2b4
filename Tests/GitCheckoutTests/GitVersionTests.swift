import Testing

@testable import GitCheckout

@Suite struct GitVersionTests {
  @Test(arguments: [
    ("git version 2.39.5", "2.39.5"), ("git version 2.39.5 (Apple Git-154)", "2.39.5"),
    ("git version 2.47.0.windows.1", "2.47.0"), ("git version 2.45.0-rc1", "2.45"),
    ("git version 2.36.GIT", "2.36"),
  ])
  func versionIsRead(_ text: String, _ version: String) {
    #expect(GitVersion(versionOutput: text)?.description == version)
  }

  @Test(arguments: ["", "git version", "git version x", "hub version 2.14", "2.39.5"])
  func anythingElseIsNoVersion(_ text: String) { #expect(GitVersion(versionOutput: text) == nil) }

  @Test func numbersAreComparedAsNumbers() throws {
    let old = try #require(GitVersion(versionOutput: "git version 2.9.5"))
    let new = try #require(GitVersion(versionOutput: "git version 2.36.0"))
    #expect(old < .oldest)
    #expect(new >= .oldest)
  }
}
