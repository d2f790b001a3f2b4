/// A git object id of a commit: 40 (SHA-1) or 64 (SHA-256) lower-case hex digits.
package struct CommitID: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let description: String

  /// - Throws: `InvalidValue` unless `text` is a full object id.
  package init(_ text: some StringProtocol) throws(InvalidValue) {
    let bytes = text.utf8
    guard bytes.count == 40 || bytes.count == 64, bytes.allSatisfy(\.isLowerHexDigit) else {
      throw InvalidValue(
        "\(String(text).quoted) is not a commit id", remedy: "write all 40 (or 64) lower-case hex digits")
    }
    description = String(text)
  }

  /// The first 12 digits: for people.
  package var short: String { String(description.prefix(12)) }

  package static func < (a: CommitID, b: CommitID) -> Bool { a.description < b.description }
}

extension UInt8 {
  /// `0` to `9` and `a` to `f`, which digests and object ids are written in.
  package var isLowerHexDigit: Bool {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
    default: false
    }
  }
  var isDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }
  var isLowerLetter: Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= self }
  var isUpperLetter: Bool { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self }
}
