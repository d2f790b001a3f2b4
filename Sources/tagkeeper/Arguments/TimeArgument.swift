import Configuration
import Model
import Reconciler

/// Times as people write them: an instant (RFC 3339), a day in UTC, or how long ago.
enum TimeArgument {
  enum Edge { case start, end }

  /// - Parameter edge: which end of a day is meant.
  /// - Throws: `CommandFailure` with status 64.
  static func time(
    _ option: String, _ text: String, of edge: Edge, now: Timestamp
  ) throws(CommandFailure) -> Timestamp {
    if let time = try? Timestamp(text) { return time }
    if let day = try? Day(text),
      let time = try? Timestamp("\(day)T\(edge == .start ? "00:00:00Z" : "23:59:59.999Z")")
    {
      return time
    }
    if let ago = Duration(configuration: text) {
      return Timestamp(milliseconds: now.milliseconds - ago.milliseconds)
    }
    throw refused(option, text, "how long ago")
  }

  /// A time to come.
  /// - Throws: `CommandFailure` with status 64.
  static func deadline(
    _ option: String, _ text: String, now: Timestamp
  ) throws(CommandFailure) -> Timestamp {
    var deadline = try? Timestamp(text)
    if let day = try? Day(text) { deadline = try? Timestamp("\(day)T23:59:59.999Z") }
    if let ahead = Duration(configuration: text) {
      deadline = Timestamp(milliseconds: now.milliseconds + ahead.milliseconds)
    }
    guard let deadline else { throw refused(option, text, "how long from now") }
    guard now < deadline else {
      throw CommandFailure("\(option) \(text.quoted) is past: it is \(now)", status: .usage)
    }
    guard (try? Timestamp("\(deadline)")) != nil else {
      throw CommandFailure("\(option) \(text.quoted) is too far away: leave it out", status: .usage)
    }
    return deadline
  }

  private static func refused(_ option: String, _ text: String, _ span: String) -> CommandFailure {
    CommandFailure(
      "\(option) \(text.quoted): write a time such as 2026-11-22T17:50:01Z, a day such as 2026-11-22 (in UTC), "
        + "or \(span), such as 3d or 12h", status: .usage)
  }
}
