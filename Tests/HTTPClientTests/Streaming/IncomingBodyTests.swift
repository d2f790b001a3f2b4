import TestSupport
import Testing

@testable import HTTPClient

@Suite struct IncomingBodyTests {
  private let body = IncomingBody()

  private func receive(_ count: Int) -> Bool { pattern(count).withUnsafeBufferPointer { body.receive($0) } }

  private func next() async throws(HTTPError) -> Int? {
    try await body.next(unpause: { Issue.record("it is not paused") }, cancel: {})?.count
  }

  @Test func aPieceIsWorthItsWayBetweenThreads() async throws {
    for _ in 0..<5 { #expect(receive(100_000)) }
    body.finish(nil)
    #expect(try await next() == 200_000)
    #expect(try await next() == 200_000)
    #expect(try await next() == 100_000)
    #expect(try await next() == nil)
  }

  @Test func itPausesWhenFullAndGoesOnAtHalf() async throws {
    var count = 0
    while receive(64 << 10) { count += 64 << 10 }
    #expect(count == IncomingBody.capacity && body.mostBuffered == count)
    var unpaused: [Int] = []
    while count > 0 {
      let piece = try await body.next(unpause: { unpaused.append(count) }, cancel: {})
      count -= try #require(piece).count
      if count == 0 { body.finish(nil) }
      if count == IncomingBody.pieceSize { break }
    }
    #expect(unpaused == [IncomingBody.capacity / 2 + IncomingBody.pieceSize])
  }

  @Test func aCancelledReaderDoesNotTakeItForWhole() async {
    #expect(receive(100))
    body.finish(nil)
    body.cancel(HTTPError(.cancelled, operation: "GET", message: ""))
    let error = await #expect(throws: HTTPError.self) { try await next() }
    #expect(error?.code == .cancelled)
  }
}
