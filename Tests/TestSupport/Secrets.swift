import FoundationEssentials

/// A password or a token. Every one that tests use is made here, so that it can be found wherever it should not be.
package func testSecret(_ name: String = "password") -> String { "\(Secrets.marker)-\(name)" }

/// The value of an `Authorization` field for HTTP Basic (RFC 7617 section 2).
package func basicField(_ username: String, _ password: String) -> String {
  "Basic \(Data("\(username):\(password)".utf8).base64EncodedString())"
}

/// The search for secrets in what was written: by `scripts/test` in the output of a run, by the end-to-end tests in all
/// that the program leaves.
package enum Secrets {
  /// In every secret of the tests.
  package static let marker = "NeverPrintThis"

  /// The marker, and what of it stands in base64 of any text with it in its midst: `USER:SECRET`, the claims of a token.
  /// `scripts/test` has the same.
  package static let forms = [
    marker, "TmV2ZXJQcmludFRoaX", "5ldmVyUHJpbnRUaGlz", "OZXZlclByaW50VGhpc",
  ]

  /// The number, from 1, of the first line of `text` that has a secret; nil where none has.
  package static func firstLine(in text: String) -> Int? {
    guard isIn(text) else { return nil }
    let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
    return lines.firstIndex { isIn($0) }.map { $0 + 1 }
  }

  private static func isIn(_ text: some StringProtocol) -> Bool { forms.contains { text.contains($0) } }
}
