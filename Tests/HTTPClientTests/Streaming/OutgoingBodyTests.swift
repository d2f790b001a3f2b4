import TestSupport
import Testing

@testable import HTTPClient

@Suite struct OutgoingBodyTests {
  /// In whatever steps either side goes: what comes out is what went in, and little of it is held.
  @Test(.timeLimit(.minutes(10))) func anySteps() async throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("OutgoingBodyTests seed \(seed)")
    var random = SeededGenerator(seed: seed)
    for _ in 0..<30 {
      var pieces: [[UInt8]] = []
      for _ in 0..<Int.random(in: 0..<40, using: &random) {
        pieces.append(
          pattern(Int.random(in: 1...100_000, using: &random), at: pieces.reduce(0) { $0 + $1.count }))
      }
      let whole = pieces.flatMap { $0 }
      let body = OutgoingBody(size: whole.count, awaitsContinue: false) {}
      let source = ScriptedSource(pieces)
      let filling = Task { try await body.fill(from: source, operation: "PUT") }
      var taken: [UInt8] = []
      var isAtEnd = false
      while !isAtEnd {
        let size = Int.random(in: 1...80_000, using: &random)
        taken += [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
          switch body.supply(UnsafeMutableRawBufferPointer(buffer)) {
          case .bytes(let supplied):
            isAtEnd = supplied == 0
            count = supplied
          case .pause: count = 0
          }
        }
        await Task.yield()
      }
      try await filling.value
      let isWhole = taken == whole
      #expect(isWhole, "seed \(seed)")
      #expect(body.mostBuffered < OutgoingBody.comfortableSize + 100_000, "seed \(seed)")
    }
  }

  @Test(.timeLimit(.minutes(10))) func nothingIsAskedBeforeItIsWantedNorAfterTheEnd() async throws {
    let body = OutgoingBody(size: nil, awaitsContinue: false) {}
    let source = ScriptedSource([[1]])
    let filling = Task { try await body.fill(from: source, operation: "PUT") }
    await Task.yield()
    body.stop()
    try await filling.value
    #expect(source.asked == 0)
  }
}
