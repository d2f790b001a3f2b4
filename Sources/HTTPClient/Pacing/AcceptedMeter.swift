/// How many requests a server accepted of late: in the last second, in steps of a tenth.
struct AcceptedMeter {
  private static let step: Duration = .milliseconds(100)

  private var counts = [Int](repeating: 0, count: 10)
  /// The number of the step that the last count is of.
  private var current = 0

  mutating func count(at now: Duration) {
    advance(to: now)
    counts[current % counts.count] += 1
  }

  mutating func lastSecond(at now: Duration) -> Int {
    advance(to: now)
    return counts.reduce(0, +)
  }

  private mutating func advance(to now: Duration) {
    let step = Int(now / Self.step)
    guard step > current else { return }
    for passed in max(current + 1, step - counts.count + 1)...step { counts[passed % counts.count] = 0 }
    current = step
  }
}
