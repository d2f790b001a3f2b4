/// The order in which streams of one direction start: first come, first served, at most `limit` at once, whatever their
/// origin.
struct StreamQueue {
  let limit: Int
  private(set) var inFlight = 0
  private var waiting = FIFO<Int>()

  init(limit: Int) { self.limit = limit }

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
