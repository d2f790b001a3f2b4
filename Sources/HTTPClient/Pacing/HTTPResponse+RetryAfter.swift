extension HTTPResponse {
  /// How long `Retry-After` asks to wait: seconds or a date (RFC 9110 section 10.2.3). A date counts from the answer's
  /// own `Date`, so that a wrong clock on either side does no harm. Nil where there is none that can be read.
  /// - Parameter wall: seconds since 1970, for an answer without a `Date`.
  package func retryAfter(wall: @autoclosure () -> Int) -> Duration? {
    guard let value = headers["Retry-After"] else { return nil }
    if let seconds = Int(value), seconds >= 0 { return .seconds(min(seconds, Int(Int32.max))) }
    let now = headers.date(wall: wall()) ?? wall()
    guard let date = HTTPDate(value, near: now) else { return nil }
    return .seconds(min(max(0, date.seconds - now), Int(Int32.max)))
  }
}
