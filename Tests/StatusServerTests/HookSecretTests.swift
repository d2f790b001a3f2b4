import Model
import TestSupport
import Testing

@testable import StatusServer

@Suite struct HookSecretTests {
  private func problem(_ text: String) -> String? {
    do throws(InvalidValue) {
      _ = try HookSecret(text.utf8)
      return nil
    } catch { return error.problem }
  }

  @Test func lineBreaksAtTheEndAreNoPartOfIt() throws {
    let text = testSecret("hook")
    for end in ["", "\n", "\r\n", "\n\n"] {
      #expect(try HookSecret((text + end).utf8).bytes == Array(text.utf8))
    }
    #expect(try HookSecret(" \(text) \n".utf8).bytes == Array(" \(text) ".utf8))
  }

  @Test func whatCouldBeGuessedIsRefused() {
    #expect(problem("") == "it is empty")
    #expect(problem("\n") == "it is empty")
    #expect(problem("0123456789abcde\n") == "it has 15 bytes, fewer than 16")
    #expect(problem("0123456789abcdef") == nil)
    let notBase64 = "what stands behind whsec_ is no base64 of 16 bytes or more"
    #expect(problem("whsec_!!!!!!!!!!!!!!!!!!!!!!!!") == notBase64)
    #expect(problem("whsec_MfKQ9r8GKYqrTwjU") == notBase64)
    #expect(problem("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") == nil)
  }

  @Test func itIsNeverShown() throws {
    let secret = try HookSecret(testSecret("hook").utf8)
    var dumped = ""
    dump(secret, to: &dumped)
    for text in ["\(secret)", String(reflecting: secret), dumped] { #expect(!text.contains("hook")) }
  }

  @Test func aTextIsComparedWhole() throws {
    let text = testSecret("hook")
    let secret = try HookSecret(text.utf8)
    #expect(secret.isText(text.utf8))
    for wrong in ["", text + "x", String(text.dropLast()), text.uppercased(), " " + text] {
      #expect(!secret.isText(wrong.utf8), "\(wrong.count)")
    }
  }
}
