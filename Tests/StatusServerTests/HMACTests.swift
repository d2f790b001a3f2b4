import Testing

@testable import StatusServer

@Suite struct HMACTests {
  @Test func itIsTheStandards() {
    // RFC 4231, test case 2.
    let code = hmacSHA256(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
    #expect(
      String(decoding: code.hex, as: UTF8.self)
        == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    #expect(String(decoding: hmacSHA256([], key: [0]).hex, as: UTF8.self).count == 64)
  }

  @Test func equalIsEqual() {
    #expect(isEqualInConstantTime([1, 2], [1, 2]) && isEqualInConstantTime([], []))
    #expect(!isEqualInConstantTime([1, 2], [1, 3]) && !isEqualInConstantTime([1, 2], [1]))
  }

  /// RFC 4648 section 10.
  @Test(arguments: ["f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE="])
  func base64IsTheStandards(_ text: String, _ encoded: String) {
    #expect(String(decoding: Array(text.utf8).base64, as: UTF8.self) == encoded)
    #expect([UInt8](base64: encoded.utf8) == Array(text.utf8))
  }

  @Test(arguments: ["", "=", "====", "Zg=", "Zg", "Zm9v\n", "Zm 9v", "Zm9v====", "Z===", "Zm9-", "Z=9v"])
  func whatIsNoBase64IsNone(_ text: String) { #expect([UInt8](base64: text.utf8) == nil) }
}
