/// An instant in UTC, to the millisecond: `2026-11-22T17:50:01.123Z` in text (RFC 3339).
package struct Timestamp: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// Milliseconds after 1970-01-01T00:00:00Z, negative before.
  package let milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }
  /// The nearest instant in the years 0000 to 9999, which RFC 3339 can write: git commits with any number of seconds.
  package init(seconds: Int64) {
    milliseconds = min(max(seconds, -62_167_219_200), 253_402_300_799) * 1000
  }

  /// Reads an RFC 3339 `date-time` with any offset; digits beyond the millisecond are dropped.
  /// - Throws: `InvalidValue` for anything else.
  package init(_ text: String) throws(InvalidValue) {
    guard let milliseconds = Self.milliseconds(rfc3339: Array(text.utf8)) else {
      throw InvalidValue("\(text.quoted) is not a time", remedy: "write it as 2026-11-22T17:50:01Z")
    }
    self.milliseconds = milliseconds
  }

  /// The day in UTC.
  package var day: Day { Day(daysSinceEpoch: Int(milliseconds.flooredDivision(by: 86_400_000))) }

  package var description: String {
    let rest = Int(milliseconds - milliseconds.flooredDivision(by: 86_400_000) * 86_400_000)
    let (seconds, fraction) = (rest / 1000, rest % 1000)
    let time = "\((seconds / 3600).padded(2)):\((seconds / 60 % 60).padded(2)):\((seconds % 60).padded(2))"
    return "\(day)T\(time).\(fraction.padded(3))Z"
  }

  /// The same without milliseconds, which are dropped: `2026-11-22T17:50:01Z`.
  package var seconds: String { description.dropLast(".000Z".count) + "Z" }

  package func duration(to later: Timestamp) -> Duration { .milliseconds(later.milliseconds - milliseconds) }

  package static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }

  private static func milliseconds(rfc3339 bytes: [UInt8]) -> Int64? {
    guard bytes.count >= 20, bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: "t"),
      bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
      let day = try? Day(String(decoding: bytes[0..<10], as: UTF8.self)),
      let hour = Int(digits: bytes[11..<13]), let minute = Int(digits: bytes[14..<16]),
      let second = Int(digits: bytes[17..<19]), hour < 24, minute < 60, second <= 60
    else { return nil }
    var rest = bytes[19...]
    var fraction = 0
    if rest.first == UInt8(ascii: ".") {
      let digits = rest.dropFirst().prefix(while: \.isDigit)
      guard !digits.isEmpty else { return nil }
      for place in 0..<3 {
        fraction =
          fraction * 10
          + (place < digits.count ? Int(digits[digits.startIndex + place] - UInt8(ascii: "0")) : 0)
      }
      rest = rest[digits.endIndex...]
    }
    guard let offset = offsetMinutes(rest) else { return nil }
    let minutes = day.daysSinceEpoch * 1440 + hour * 60 + minute - offset
    return Int64((minutes * 60 + second) * 1000 + fraction)
  }

  private static func offsetMinutes(_ text: ArraySlice<UInt8>) -> Int? {
    if text.count == 1, text.first == UInt8(ascii: "Z") || text.first == UInt8(ascii: "z") { return 0 }
    let start = text.startIndex
    guard text.count == 6, text[start + 3] == UInt8(ascii: ":"),
      let hours = Int(digits: text[(start + 1)..<(start + 3)]),
      let minutes = Int(digits: text[(start + 4)..<(start + 6)]), hours < 24, minutes < 60
    else { return nil }
    switch text[start] {
    case UInt8(ascii: "+"): return hours * 60 + minutes
    case UInt8(ascii: "-"): return -(hours * 60 + minutes)
    default: return nil
    }
  }
}

extension Int64 {
  fileprivate func flooredDivision(by divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}
