/// The last answer to a request: what a redirect or a `100 Continue` said is not in it.
package struct HTTPResponse: Sendable {
  package let status: Int
  package let headers: HTTPHeaders
  package let body: [UInt8]
  /// A redirect led to it: it may be another host's.
  package var isRedirected = false
  /// Where a redirect leads that was not followed.
  var redirectTarget: String?
  /// What it may quote of its request, and nobody is to read.
  package var secrets: Secrets?
}

/// The header fields of an answer, kept as the bytes that came: most answers are asked for two fields of ten.
package struct HTTPHeaders: Sendable {
  /// Lines as received, each ending in a line feed.
  private let bytes: [UInt8]

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The value of the first field called `name`, without surrounding blanks; names match in any case
  /// (RFC 9110 section 5.1).
  package subscript(_ name: String) -> String? {
    var found: String?
    forEachValue(of: name) {
      found = $0
      return false
    }
    return found
  }

  /// The values of all fields called `name`, in order.
  package func values(_ name: String) -> [String] {
    var values: [String] = []
    forEachValue(of: name) {
      values.append($0)
      return true
    }
    return values
  }

  /// Calls `body` with each value until it returns false.
  private func forEachValue(of name: String, _ body: (String) -> Bool) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let line = rest.prefix { $0 != UInt8(ascii: "\n") }
      rest = rest[line.endIndex...].dropFirst()
      guard let value = Self.value(of: name.utf8, in: line) else { continue }
      if !body(value) { return }
    }
  }

  private static func value(of name: String.UTF8View, in line: ArraySlice<UInt8>) -> String? {
    let colon = line.startIndex + name.count
    guard colon < line.endIndex, line[colon] == UInt8(ascii: ":"),
      line[..<colon].elementsEqual(name, by: { $0.lowercasedASCII == $1.lowercasedASCII })
    else { return nil }
    return String(decoding: line[(colon + 1)...].trimmingBlanks, as: UTF8.self)
  }
}

extension UInt8 {
  var lowercasedASCII: UInt8 { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self ? self | 0x20 : self }

  fileprivate var isBlank: Bool { self <= UInt8(ascii: " ") }
}

extension ArraySlice<UInt8> {
  fileprivate var trimmingBlanks: ArraySlice<UInt8> {
    var trimmed = drop(while: \.isBlank)
    while trimmed.last?.isBlank == true { trimmed.removeLast() }
    return trimmed
  }
}
