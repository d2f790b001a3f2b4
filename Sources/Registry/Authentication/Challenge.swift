import HTTPClient

/// One challenge of a `WWW-Authenticate` field (RFC 9110 section 11.6.1).
struct Challenge: Hashable, Sendable {
  /// In lower case.
  let scheme: String
  /// What stands in the parameters' place, such as Negotiate's.
  let token68: String?
  /// Names in lower case, values without their quotes; the first of two of one name.
  let parameters: [String: String]

  /// All challenges of an answer, in order, from one field or several.
  static func all(in headers: HTTPHeaders) -> [Challenge] {
    headers.values("WWW-Authenticate").flatMap { ChallengeParser.challenges(in: $0) }
  }
}

/// Reads one field's value. What is no challenge is passed over: one broken challenge hides no other.
struct ChallengeParser {
  private let bytes: [UInt8]
  private var position = 0

  static func challenges(in field: String) -> [Challenge] {
    var parser = ChallengeParser(bytes: Array(field.utf8.prefix(maximumLength)))
    return parser.challenges()
  }

  /// More than any registry sends, and a bound on the work that a hostile one can make.
  private static let maximumLength = 16 << 10

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func challenges() -> [Challenge] {
    var challenges: [Challenge] = []
    var current: (scheme: String, token68: String?, parameters: [String: String])?
    func add() {
      guard let current else { return }
      challenges.append(
        Challenge(scheme: current.scheme, token68: current.token68, parameters: current.parameters))
    }
    while true {
      skip { $0.isBlank || $0 == UInt8(ascii: ",") }
      guard position < bytes.count else { break }
      guard let word = token() else {
        skipItem()
        continue
      }
      if takeEquals() {
        if let value = value() { current?.parameters.merge([word.lowercased(): value]) { first, _ in first } }
        continue
      }
      add()
      current = (word.lowercased(), nil, [:])
      if position < bytes.count, bytes[position].isBlank { current?.token68 = token68() }
    }
    add()
    return challenges
  }

  /// Past the `=` of a parameter, which may have blanks around it.
  private mutating func takeEquals() -> Bool {
    let start = position
    skip(\.isBlank)
    guard position < bytes.count, bytes[position] == UInt8(ascii: "=") else {
      position = start
      return false
    }
    position += 1
    skip(\.isBlank)
    return true
  }

  /// Nil for a quoted string without its end.
  private mutating func value() -> String? {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { return token() ?? "" }
    position += 1
    var text: [UInt8] = []
    while position < bytes.count {
      var byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
      if byte == UInt8(ascii: "\\"), position < bytes.count {
        byte = bytes[position]
        position += 1
      }
      text.append(byte)
    }
    return nil
  }

  /// Nil, and nothing read, where what follows the scheme are parameters or another challenge.
  private mutating func token68() -> String? {
    let start = position
    skip(\.isBlank)
    let first = position
    skip(\.isToken68)
    skip { $0 == UInt8(ascii: "=") }
    let end = position
    skip(\.isBlank)
    guard end > first, position == bytes.count || bytes[position] == UInt8(ascii: ",") else {
      position = start
      return nil
    }
    return String(decoding: bytes[first..<end], as: UTF8.self)
  }

  private mutating func token() -> String? {
    let start = position
    skip(\.isTokenCharacter)
    return position > start ? String(decoding: bytes[start..<position], as: UTF8.self) : nil
  }

  /// To the next comma that is in no quotes.
  private mutating func skipItem() {
    while position < bytes.count, bytes[position] != UInt8(ascii: ",") {
      if bytes[position] == UInt8(ascii: "\"") { _ = value() } else { position += 1 }
    }
  }

  private mutating func skip(_ isSkipped: (UInt8) -> Bool) {
    while position < bytes.count, isSkipped(bytes[position]) { position += 1 }
  }
}

extension UInt8 {
  fileprivate var isBlank: Bool { self == 0x20 || self == 0x09 }

  fileprivate var isAlphanumeric: Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
  }

  /// `tchar` (RFC 9110 section 5.6.2).
  fileprivate var isTokenCharacter: Bool { isAlphanumeric || "!#$%&'*+-.^_`|~".utf8.contains(self) }

  /// RFC 9110 section 11.2.
  fileprivate var isToken68: Bool { isAlphanumeric || "-._~+/".utf8.contains(self) }
}
