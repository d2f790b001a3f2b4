import Model
import Testing

@testable import Planning

struct ChainTimesTests {
  private func inOrder(_ seconds: [Int64]) -> [Int64] {
    seconds.map { Timestamp(seconds: $0) }.inOrder.map { $0.milliseconds / 1000 }
  }

  @Test func clocksThatAreRightAreLeft() {
    #expect(inOrder([]) == [])
    #expect(inOrder([1, 2, 2, 5]) == [1, 2, 2, 5])
  }

  @Test func oneThatIsAheadTakesTheTimeBeforeIt() { #expect(inOrder([1, 2, 900, 3, 4]) == [1, 2, 2, 3, 4]) }

  @Test func oneThatLagsTakesTheTimeBeforeIt() { #expect(inOrder([10, 20, 1, 30]) == [10, 20, 20, 30]) }

  @Test func theFirstMayBeWrong() {
    #expect(inOrder([900, 1, 2, 3]) == [1, 1, 2, 3])
    #expect(inOrder([7]) == [7])
  }
}
