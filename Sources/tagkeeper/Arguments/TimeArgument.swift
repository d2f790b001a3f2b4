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
    throw CommandFailure(
      "\(option) \(text.quoted): write a time such as 2026-11-22T17:50:01Z, a day such as 2026-11-22 (in UTC), "
        + "or how long ago, such as 3d or 12h", status: .usage)
  }
}
