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
    case "", "~", "null", "Null", "NULL": self = .null
    case "true", "True", "TRUE": self = .bool(true)
    case "false", "False", "FALSE": self = .bool(false)
    default: self = Self.number(text) ?? .text
    }
  }

  private static func number(_ text: String) -> CoreValue? {
    if text.wholeMatch(of: /[-+]?[0-9]+/) != nil { return .integer(Int(text)) }
    if text.wholeMatch(of: /0o[0-7]+/) != nil { return .integer(Int(text.dropFirst(2), radix: 8)) }
    if text.wholeMatch(of: /0x[0-9a-fA-F]+/) != nil { return .integer(Int(text.dropFirst(2), radix: 16)) }
    let isFloat =
      text.wholeMatch(of: /[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?/) != nil
      || text.wholeMatch(of: /[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)/) != nil
    return isFloat ? .float : nil
  }
}

/// Typed readers. Each reports an error that begins with `what` (such as `"poll"`) and returns nil where the node is
/// something else; an unreadable node was reported when it was parsed.
extension Node {
  /// True for nothing, `~` and `null`.
  package var isNull: Bool { kind == .scalar && style == .plain && coreValue == .null }

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
    case .integer(nil): diagnostics.error(at: self, "\(what) is too large a number: \(text)")
    default: diagnostics.error(at: self, "\(what) takes a whole number, not \(text.quoted)")
    }
    return nil
  }

  /// `true` or `false`; `yes`, `no`, `on` and `off` are text since YAML 1.2.
  package func bool(_ what: String, _ diagnostics: inout Diagnostics) -> Bool? {
    guard isScalar(what, "true or false", &diagnostics) else { return nil }
    if style == .plain, case .bool(let value) = coreValue { return value }
    diagnostics.error(at: self, "\(what) takes true or false, not \(text.quoted)")
    return nil
  }

  private var coreValue: CoreValue { CoreValue(plain: text) }
  private var inQuotes: String { "put it in quotes: \"\(text)\"" }

  private func isScalar(_ what: String, _ wanted: String, _ diagnostics: inout Diagnostics) -> Bool {
    switch kind {
    case .scalar: return true
    case .unreadable: return false
    case .mapping: diagnostics.error(at: self, "\(what) takes \(wanted), not a mapping")
    case .sequence: diagnostics.error(at: self, "\(what) takes \(wanted), not a list")
    }
    return false
  }
}
