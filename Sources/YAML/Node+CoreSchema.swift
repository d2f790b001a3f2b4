import Model

/// What a plain scalar means (YAML 1.2.2, 10.3, "Core Schema").
enum CoreValue: Equatable {
  case null
  case bool(Bool)
  /// Nil where it does not fit in 64 bits.
  case integer(Int?)
  case float
  case text

  init(plain text: String) {
    switch text {
    case "true", "True", "TRUE": self = .bool(true)
    case "false", "False", "FALSE": self = .bool(false)
    default: self = Self.isNull(text) ? .null : Self.number(text) ?? .text
    }
  }

  static func isNull(_ plain: String) -> Bool {
    switch plain {
    case "", "~", "null", "Null", "NULL": true
    default: false
    }
  }

  // By hand: a regular expression is a thousand times slower, and a state has 100,000 scalars.
  private static func number(_ text: String) -> CoreValue? {
    let octal = text.hasPrefix("0o") ? text.utf8.dropFirst(2) : ""[...].utf8
    if !octal.isEmpty, octal.allSatisfy(\.isOctalDigit) { return .integer(Int(Substring(octal), radix: 8)) }
    let hex = text.hasPrefix("0x") ? text.utf8.dropFirst(2) : ""[...].utf8
    if !hex.isEmpty, hex.allSatisfy(\.isHexDigit) { return .integer(Int(Substring(hex), radix: 16)) }
    if text == ".nan" || text == ".NaN" || text == ".NAN" { return .float }
    var rest = text.utf8[...]
    if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
    if [".inf", ".Inf", ".INF"].contains(where: { rest.elementsEqual($0.utf8) }) { return .float }
    return decimal(rest).map { $0 ? .integer(Int(text)) : .float }
  }

  /// `[0-9]+` is true; `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?` is false; anything else is nil.
  private static func decimal(_ text: Substring.UTF8View) -> Bool? {
    let whole = text.prefix(while: \.isDigit)
    var rest = text[whole.endIndex...]
    guard !rest.isEmpty else { return whole.isEmpty ? nil : true }
    if rest.first == UInt8(ascii: ".") {
      let fraction = rest.dropFirst().prefix(while: \.isDigit)
      if whole.isEmpty, fraction.isEmpty { return nil }
      rest = rest[fraction.endIndex...]
    } else if whole.isEmpty {
      return nil
    }
    guard let mark = rest.first else { return false }
    guard mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") else { return nil }
    rest.removeFirst()
    if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
    return !rest.isEmpty && rest.allSatisfy(\.isDigit) ? false : nil
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
  fileprivate var isOctalDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(self) }
  fileprivate var isHexDigit: Bool {
    isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20)
  }
}

/// Typed readers. Each reports an error that begins with `what` (such as `"poll"`) and returns nil where the node is
/// something else; an unreadable node was reported when it was parsed.
extension Node {
  /// True for nothing, `~` and `null`.
  package var isNull: Bool { kind == .scalar && style == .plain && CoreValue.isNull(text) }

  /// Text: quoted, or plain and by the core schema neither null, a bool nor a number.
  package func string(_ what: String, _ diagnostics: inout Diagnostics) -> String? {
    guard let text = name(what, &diagnostics) else { return nil }
    switch style == .plain ? coreValue : .text {
    case .text: return text
    case .bool: diagnostics.error(at: self, "\(what) takes text, and \(text) is a bool", remedy: inQuotes)
    default: diagnostics.error(at: self, "\(what) takes text, and \(text) is a number", remedy: inQuotes)
    }
    return nil
  }

  /// Text as written, whatever it would mean: for names, where `3.20` and `no` are text. Nothing is not a name.
  package func name(_ what: String, _ diagnostics: inout Diagnostics) -> String? {
    guard isScalar(what, "text", &diagnostics) else { return nil }
    if isNull {
      diagnostics.error(at: self, "\(what) has no value", remedy: "write one, or remove the line")
      return nil
    }
    return text
  }

  /// A whole number: decimal, `0o` octal or `0x` hexadecimal.
  package func integer(_ what: String, _ diagnostics: inout Diagnostics) -> Int? {
    guard isScalar(what, "a whole number", &diagnostics) else { return nil }
    switch style == .plain ? coreValue : .text {
    case .integer(let value?): return value
    case .integer(nil):
      diagnostics.error(
        at: self, "\(what) is too large a number: \(text)", remedy: "write a smaller one")
    default:
      diagnostics.error(
        at: self, "\(what) takes a whole number, not \(text.quoted)",
        remedy: "write digits, without quotes")
    }
    return nil
  }

  /// `true` or `false`; `yes`, `no`, `on` and `off` are text since YAML 1.2.
  package func bool(_ what: String, _ diagnostics: inout Diagnostics) -> Bool? {
    guard isScalar(what, "true or false", &diagnostics) else { return nil }
    if style == .plain, case .bool(let value) = coreValue { return value }
    diagnostics.error(
      at: self, "\(what) takes true or false, not \(text.quoted)",
      remedy: "write true or false, without quotes")
    return nil
  }

  private var coreValue: CoreValue { CoreValue(plain: text) }
  private var inQuotes: String { "put it in quotes: \"\(text)\"" }

  private func isScalar(_ what: String, _ wanted: String, _ diagnostics: inout Diagnostics) -> Bool {
    let found: String
    switch kind {
    case .scalar: return true
    case .unreadable: return false
    case .mapping: found = "a mapping"
    case .sequence: found = "a list"
    }
    diagnostics.error(
      at: self, "\(what) takes \(wanted), not \(found)", remedy: "write one value behind the key")
    return false
  }
}
