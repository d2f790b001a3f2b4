import FoundationEssentials
import TestSupport
import Testing

/// That the search for secrets finds them.
struct SecretSearchTests {
  @Test(arguments: 0..<12) func inBase64OfAnyText(length: Int) {
    let text = String(repeating: "u", count: length) + ":" + testSecret() + "?>~"
    let encoded = Data(text.utf8).base64EncodedString()
    #expect(Secrets.firstLine(in: "first\n\nBasic \(encoded)\nlast") == 3)
    let inURL = encoded.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    #expect(Secrets.firstLine(in: inURL) != nil)
    #expect(Secrets.firstLine(in: testSecret()) != nil && Secrets.firstLine(in: "token-1\nBasic eHh4") == nil)
  }

  @Test(arguments: ["journal.jsonl", "manifests/1", "a/b/c"]) func inWhatIsLeft(name: String) async throws {
    try await withTemporaryDirectory { folder in
      try folder.write("fine\n", to: "state/other")
      #expect(SecretSearch.findings(at: folder("state")).isEmpty)
      try folder.write("fine\nnot \(testSecret()) fine\n", to: "state/\(name)")
      let expected = ["line 2 of \(folder("state"))/\(name) has a secret"]
      #expect(SecretSearch.findings(at: folder("state")) == expected)
      #expect(SecretSearch.findings(at: folder("state/\(name)")) == expected)
      #expect(SecretSearch.findings(at: folder("nowhere")).isEmpty)
    }
  }
}
