/// Streams that wait for each other: in one direction, of one origin, and where they send on what comes from another, of
/// that one, too. So an origin that pauses, or is slow, holds up its own streams alone.
struct StreamLine: Hashable, Sendable {
  enum Direction { case down, up }

  let direction: Direction
  /// Of the request (scheme, host and port).
  let origin: String
  /// Where the bytes of an upload come from; nil where they are at hand.
  var source: String?
}

/// The order in which the streams of one line start: first come, first served, at most `limit` at once.
struct StreamQueue {
  let limit: Int
  private var inFlight = 0
  private var waiting = FIFO<Int>()

  init(limit: Int) { self.limit = limit }

  var isIdle: Bool { inFlight == 0 }

  /// True where the request `id` may start now; otherwise it waits.
  mutating func admit(_ id: Int) -> Bool {
    guard inFlight < limit else {
      waiting.append(id)
      return false
    }
    inFlight += 1
    return true
  }

  /// One request ended: the next one that waits, which takes its place. The caller calls `finish` again for a
  /// request that was cancelled meanwhile.
  mutating func finish() -> Int? {
    if let next = waiting.popFirst() { return next }
    inFlight -= 1
    return nil
  }
}
