import Testing

@testable import LinuxSystem

@Suite struct ByteQueueTests {
  /// However the bytes arrive, and whatever is taken in between, they come out as they went in.
  @Test func piecesAreThoseOfTheWholeText() {
    let seed = UInt64.random(in: .min ... .max)
    var random = SplitMix(state: seed)
    for _ in 0..<300 {
      let bytes = (0..<Int.random(in: 0...300_000, using: &random) / 1000).flatMap { _ in
        [UInt8](
          repeating: UInt8.random(in: 0...3, using: &random), count: Int.random(in: 0...900, using: &random))
      }
      var (queue, rest, out) = (ByteQueue(), bytes[...], [UInt8]())
      while !rest.isEmpty || !queue.isEmpty {
        let chunk = rest.prefix(Int.random(in: 0...20_000, using: &random))
        queue.append(chunk)
        rest = rest.dropFirst(chunk.count)
        let delimiter = UInt8.random(in: 0...3, using: &random)
        if Bool.random(using: &random), let piece = queue.take(through: delimiter) {
          #expect(!piece.contains(delimiter), "seed \(seed)")
          out += piece + [delimiter]
        } else {
          out += queue.take(Int.random(in: 0...queue.count, using: &random))
        }
      }
      let isSame = out == bytes  // arrays of this size are no diagnostic
      #expect(isSame, "seed \(seed)")
    }
  }

  /// Otherwise what a process is slow to take would be moved again and again.
  @Test func noMoreIsMovedThanWasTaken() {
    var queue = ByteQueue()
    queue.append(repeatElement(1, count: 4 << 20))
    func front() -> Int { queue.withUnsafeBytes { Int(bitPattern: $0.baseAddress) } }
    var (taken, moved) = (0, 0)
    while !queue.isEmpty {
      let before = front()
      let size = min(queue.count, 50_000)
      queue.drop(size)
      taken += size
      if !queue.isEmpty, front() != before + size { moved += queue.count }
    }
    #expect(moved <= taken)
  }

  @Test func anotherDelimiterIsLookedForFromTheFront() {
    var queue = ByteQueue()
    queue.append([1, 0, 2])
    #expect(queue.take(through: 9) == nil)
    #expect(queue.take(through: 0) == [1])
    #expect(queue.take(through: 0) == nil)
    queue.append([0])
    #expect(queue.take(through: 0) == [2])
    #expect(queue.isEmpty)
  }
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
