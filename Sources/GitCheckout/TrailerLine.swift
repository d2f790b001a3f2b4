/// A whole line `Key: value` of a commit's message.
///
/// Anywhere in it: hosts add lines after trailers, which git's own parser (git-interpret-trailers(1)) then
/// no longer sees.
package struct TrailerLine: Hashable, Sendable, CustomStringConvertible {
  package let key: String
  package let value: String

  package init(_ key: String, _ value: String) {
    self.key = key
    self.value = value
  }

  package var description: String { "\(key): \(value)" }

  /// Whether a line of `message` is this one; a carriage return before the line's end does not count.
  package func stands(in message: String) -> Bool { Self.lines(of: message).contains { $0 == description } }

  /// The values of all the lines `key: value` of `message`, in order.
  package static func values(of key: String, in message: String) -> [String] {
    lines(of: message).filter { $0.hasPrefix("\(key): ") }.map { String($0.dropFirst(key.count + 2)) }
  }

  private static func lines(of message: String) -> [String] {
    message.utf8.split(separator: UInt8(ascii: "\n")).map { line in
      String(line.last == UInt8(ascii: "\r") ? line.dropLast() : line) ?? ""
    }
  }
}
