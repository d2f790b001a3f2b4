import TestSupport
import Testing

@testable import HTTPClient

@Suite struct OriginQueueTests {
  @Test(arguments: [false, true]) func isBusyUntilItsLastRequestEnds(isStream: Bool) throws {
    var queue = OriginQueue(OriginLimits())
    #expect(!queue.isBusy)
    queue.append(1, .get, isStream: isStream)
    #expect(queue.isBusy)
    guard case .start(1, let ticket) = queue.next(at: .zero, where: { _ in true }) else {
      Issue.record("it may start")
      return
    }
    #expect(queue.isBusy)
    queue.ended(ticket, PaceAnswer(.accepted), at: .zero, random: 0)
    #expect(!queue.isBusy)
  }

  /// First in, first out, never more than the limit, and what was cancelled takes no place, whatever the order of
  /// arrivals and ends.
  @Test func itKeepsItsLimitAndOrder() {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SeededGenerator(seed: seed)
    var queue = OriginQueue(OriginLimits(concurrency: 3))
    var (started, running): ([Int], [Pace.Ticket]) = ([], [])
    var cancelled: Set<Int> = []
    func advance() {
      while case .start(let id, let ticket) = queue.next(at: .zero, where: { !cancelled.contains($0) }) {
        started.append(id)
        running.append(ticket)
      }
      #expect(running.count <= 3, "seed \(seed)")
    }
    for id in 0..<20_000 {
      queue.append(id, .get)
      if Int.random(in: 0..<10, using: &random) == 0, !started.contains(id) { cancelled.insert(id) }
      advance()
      while Bool.random(using: &random), !running.isEmpty {
        queue.ended(running.removeLast(), PaceAnswer(.accepted), at: .zero, random: 0)
        advance()
      }
    }
    while !running.isEmpty {
      queue.ended(running.removeLast(), PaceAnswer(.accepted), at: .zero, random: 0)
      advance()
    }
    #expect(started == (0..<20_000).filter { !cancelled.contains($0) }, "seed \(seed)")
  }

  @Test func oneWakeUpAtATimeUnlessAnEarlierOneIsNeeded() {
    var queue = OriginQueue(OriginLimits())
    let asked = [5, 5, 6, 3].map { queue.needsWakeUp(at: .seconds($0)) }
    #expect(asked == [true, false, false, true])
    queue.wokeUp(at: .seconds(5))
    let isEarlierNeeded = queue.needsWakeUp(at: .seconds(4))
    #expect(!isEarlierNeeded)
    queue.wokeUp(at: .seconds(3))
    let isNeeded = queue.needsWakeUp(at: .seconds(4))
    #expect(isNeeded)
  }
}
