import Model
import StateFile
import TestSupport
import Testing

/// First images for a file that has none.
@Suite struct WritingTests {
  private func filled(_ text: String, _ images: KeyValuePairs<String, UInt8> = ["a/x": 1]) throws -> String {
    let file = StateText(path: "images.yaml", bytes: Array(text.utf8))
    let result = file.filled(with: try state(images))
    #expect(try result.formatted() == result && result.path == file.path)
    #expect(try StateText.read([result]).state == state(images))
    return String(decoding: result.bytes, as: UTF8.self)
  }

  private var images: String {
    "version: 1\nrepositories:\n  a:\n    x:\n"
  }

  @Test func theFirstCommentsStay() throws {
    let body = images + "      digest: \(digest(1))\n"
    #expect(try filled("version: 1\nrepositories: {} # none\n") == body)
    #expect(try filled("") == body)
    #expect(
      try filled("# License\n\n# Ours\nversion: 1\n# gone\nrepositories: {}\n")
        == "# License\n\n# Ours\n" + body)
    #expect(try filled("# License\r\nversion: 1\r\nrepositories: {}\r\n") == "# License\n" + body)
    #expect(try filled("\u{FEFF}# gone\nversion: 1\nrepositories: {}\n") == body)
    #expect(try filled("# only a comment") == "# only a comment\n" + body)
  }

  @Test func whatInitWrote() throws {
    let text = try filled(StateText.firstText, ["a/x": 1, "b/y": 2])
    #expect(text.hasPrefix("# What the tags of the registry are to be: image -> digest, per repository.\n"))
    #expect(text.contains("adds or changes one image.\nversion: 1\nrepositories:\n  a:\n    x:\n"))
    #expect(!text.contains("An example"))
  }
}
