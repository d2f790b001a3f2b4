import HTTPClient

/// One challenge of a `WWW-Authenticate` field (RFC 9110 section 11.6.1).
struct Challenge: Hashable, Sendable {
  /// In lower case.
  let scheme: String
  /// Names in lower case, values without their quotes; the first of two of one name.
  var parameters: [String: String] = [:]

  fileprivate mutating func add(_ value: String, as name: String) {
    if parameters[name] == nil { parameters[name] = value }
  }

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
    while true {
      skip { $0.isBlank || $0 == UInt8(ascii: ",") }
      guard position < bytes.count else { break }
      guard let word = token() else {
        skipItem()
        continue
      }
      if takeEquals() {
        if let value = value(), !challenges.isEmpty {
          challenges[challenges.count - 1].add(value, as: word.lowercased())
        }
        continue
      }
      challenges.append(Challenge(scheme: word.lowercased()))
      if position < bytes.count, bytes[position].isBlank { skipToken68() }
    }
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

  /// Past what a scheme such as Negotiate has in the parameters' place (RFC 9110 section 11.2); nothing where parameters
  /// follow, or another challenge.
  private mutating func skipToken68() {
    let start = position
    skip(\.isBlank)
    let first = position
    skip(\.isToken68)
    skip { $0 == UInt8(ascii: "=") }
    let isEmpty = position == first
    skip(\.isBlank)
    if isEmpty || position < bytes.count && bytes[position] != UInt8(ascii: ",") { position = start }
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
