/// A time in any of the three forms of RFC 9110 section 5.6.7.
struct HTTPDate: Equatable {
  /// Since 1970-01-01T00:00:00Z, without leap seconds.
  let seconds: Int

  /// Nil for anything else.
  /// - Parameter near: Seconds since 1970: a year of two digits is the one that is no more than 50 years after it.
  init?(_ text: String, near: Int) {
    // `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`
    let words = text.split { $0 == " " || $0 == "," || $0 == "-" }.map(String.init)
    let date: (day: String, month: String, year: String, time: String)
    switch words.count {
    case 6 where words[5] == "GMT": date = (words[1], words[2], words[3], words[4])
    case 5: date = (words[2], words[1], words[4], words[3])
    default: return nil
    }
    guard let day = Int(date.day), (1...31).contains(day),
      let month = Self.months.firstIndex(of: date.month).map({ $0 + 1 }),
      let given = Int(date.year), let time = Self.secondsOfDay(date.time)
    else { return nil }
    let year: Int
    switch date.year.utf8.count {
    case 4: year = given
    case 2:
      let century = Self.year(of: near) / 100 * 100
      let candidates = [century + 100, century, century - 100].map { $0 + given }
      year = candidates.first { $0 <= Self.year(of: near) + 50 } ?? given
    default: return nil
    }
    let next = month == 12 ? Self.days(year + 1, 1, 1) : Self.days(year, month + 1, 1)
    let days = Self.days(year, month, day)
    guard days < next else { return nil }
    seconds = days * 86_400 + time
  }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  private static func secondsOfDay(_ text: String) -> Int? {
    let parts = text.split(separator: ":").compactMap { $0.count == 2 ? Int($0) : nil }
    // 60 is a leap second.
    guard parts.count == 3, (0...23).contains(parts[0]), (0...59).contains(parts[1]),
      (0...60).contains(parts[2])
    else { return nil }
    return parts[0] * 3600 + parts[1] * 60 + parts[2]
  }

  private static func year(of seconds: Int) -> Int { 1970 + seconds / 31_556_952 }

  /// Days since 1970-01-01 in the Gregorian calendar, for years from 0 on.
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    // A year that begins in March ends with the day that leap years add.
    let (years, months) = month > 2 ? (year, month - 3) : (year - 1, month + 9)
    return years * 365 + (years + 400) / 4 - (years + 400) / 100 + (years + 400) / 400 - 97
      + (months * 153 + 2) / 5 + day - 719_469
  }
}

extension HTTPHeaders {
  /// When the answer was made, in seconds since 1970: its `Date` (RFC 9110 section 6.6.1); nil where there is none that
  /// can be read.
  /// - Parameter wall: The same by this machine's clock: it tells the century of a year of two digits.
  package func date(wall: @autoclosure () -> Int) -> Int? {
    self["Date"].flatMap { HTTPDate($0, near: wall()) }?.seconds
  }
}
