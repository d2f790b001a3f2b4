import Testing

@testable import HTTPClient

@Suite struct RetryAfterTests {
  /// RFC 9110 section 5.6.7: the three forms of one time.
  @Test(arguments: [
    "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
  ]) func theThreeForms(text: String) {
    #expect(HTTPDate(text, near: 784_111_777)?.seconds == 784_111_777)
  }

  @Test func aLeapSecondIsTheNextDays() {
    #expect(HTTPDate("Sat, 31 Dec 2016 23:59:60 GMT", near: 0)?.seconds == 1_483_228_800)
  }

  @Test func twoDigitsAreAYearNoMoreThanFiftyAhead() {
    let near = 1_795_000_000  // 2026
    #expect(HTTPDate("Friday, 01-Jan-27 00:00:00 GMT", near: near)?.seconds == 1_798_761_600)
    #expect(HTTPDate("Sunday, 06-Nov-94 08:49:37 GMT", near: near)?.seconds == 784_111_777)
    #expect(HTTPDate("Wednesday, 01-Jan-76 00:00:00 GMT", near: near)?.seconds == 3_345_062_400)
    #expect(HTTPDate("Thursday, 01-Jan-77 00:00:00 GMT", near: near)?.seconds == 220_924_800)
  }

  @Test(arguments: [
    "", "tomorrow", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET",
    "Sun, 32 Nov 1994 08:49:37 GMT", "Thu, 31 Nov 1994 08:49:37 GMT",
    "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 8:49:37 GMT",
    "Sun, 06 Nov 199 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
    "Sun, 9223372036854775807 Nov 1994 08:49:37 GMT", "Sun, -9223372036854775808 Nov 1994 08:49:37 GMT",
    "Sun Nov -9223372036854775808 08:49:37 1994", "Sun Nov 9223372036854775807 08:49:37 1994",
  ]) func otherTexts(text: String) {
    #expect(HTTPDate(text, near: 0) == nil)
  }

  /// Every day of 1968 to 2109, counted one by one.
  @Test func everyDay() {
    var (year, month, day) = (1968, 1, 1)
    let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    for number in -731..<51_000 {
      let text = "Mon, \(day < 10 ? "0" : "")\(day) \(names[month - 1]) \(year) 12:34:56 GMT"
      #expect(HTTPDate(text, near: 0)?.seconds == number * 86_400 + 45_296, "\(text)")
      let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
      day += 1
      if day > lengths[month - 1] + (month == 2 && isLeap ? 1 : 0) { (day, month) = (1, month + 1) }
      if month > 12 { (month, year) = (1, year + 1) }
    }
  }

  @Test(arguments: [
    (["Retry-After: 120"], 120), (["Retry-After: 0"], 0), (["Retry-After: 99999999999"], 2_147_483_647),
    (["retry-after:  7 "], 7), (["Retry-After: -1"], nil), (["Retry-After: soon"], nil), ([], nil),
    (["Retry-After: Sun, 06 Nov 1994 08:49:47 GMT"], 10),
    (["Retry-After: Sun, 06 Nov 1994 08:49:30 GMT"], 0),
    // The server's clock is years away from ours: only the difference counts.
    (["Date: Wed, 01 Jan 2020 00:00:00 GMT", "Retry-After: Wed, 01 Jan 2020 00:00:30 GMT"], 30),
    (["Date: Wednesday, 01-Jan-20 00:00:00 GMT", "Retry-After: Wed Jan  1 00:01:00 2020"], 60),
    (["Date: nonsense", "Retry-After: Sun, 06 Nov 1994 08:49:47 GMT"], 10),
  ]) func retryAfter(lines: [String], seconds: Int?) {
    let headers = HTTPHeaders(Array(lines.map { $0 + "\r\n" }.joined().utf8))
    let response = HTTPResponse(status: 429, headers: headers, body: [])
    #expect(response.retryAfter(wall: 784_111_777) == seconds.map { .seconds($0) })
  }

  @Test(arguments: [
    (200, "7" as String?, PaceAnswer.Kind.accepted), (404, nil, .accepted), (500, nil, .accepted),
    (429, nil, .throttled(retryAfter: nil)), (429, "7", .throttled(retryAfter: .seconds(7))),
    (503, nil, .silent), (503, "7", .unavailable(retryAfter: .seconds(7))),
  ]) func whatAnAnswerSaysOfThePace(status: Int, retryAfter: String?, kind: PaceAnswer.Kind) {
    let headers = HTTPHeaders(retryAfter.map { Array("Retry-After: \($0)\r\n".utf8) } ?? [])
    let response = HTTPResponse(status: status, headers: headers, body: [])
    #expect(PaceAnswer(response, tellsQuota: false, wall: 0).kind == kind)
  }
}
