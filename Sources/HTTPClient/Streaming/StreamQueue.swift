/// The order in which streams of one direction start: first come, first served, at most `limit` at once, whatever their
/// origin.
struct StreamQueue {
  let limit: Int
  private(set) var inFlight = 0
  private var waiting: [Int] = []
  private var head = 0

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
    guard head < waiting.count else {
      inFlight -= 1
      return nil
    }
    defer {
      head += 1
      if head == waiting.count || head > 1024 {
        waiting.removeFirst(head)
        head = 0
      }
    }
    return waiting[head]
  }
}
