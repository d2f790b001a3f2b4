import Testing

@testable import Reconciler

@Suite struct HostHealthTests {
  @Test(arguments: [(WriteFailure.Kind.transient, 16), (.throttled, 4), (.hostReadOnly, 1)])
  func aHostIsGivenUpAfterSoManyInARow(kind: WriteFailure.Kind, count: Int) {
    var health = HostHealth(tolerance: 16)
    for _ in 1..<count { health.note(WriteFailure(kind, "no")) }
    #expect(health.acceptsWrites)
    health.note(WriteFailure(kind, "no"))
    #expect(!health.acceptsWrites)
  }

  @Test(arguments: [nil, WriteFailure.Kind.missing, .incomplete, .refused])
  func anAnswerEndsTheRow(kind: WriteFailure.Kind?) {
    var health = HostHealth(tolerance: 2)
    for _ in 0..<5 {
      health.note(WriteFailure(.transient, "no"))
      health.note(kind.map { WriteFailure($0, "no") })
    }
    #expect(health.acceptsWrites)
  }

  @Test func fewRequestsAtOnceStillBearOne() {
    var health = HostHealth(tolerance: 2)
    health.note(WriteFailure(.throttled, "429"))
    #expect(health.acceptsWrites)
    health.note(WriteFailure(.throttled, "429"))
    #expect(!health.acceptsWrites)
  }
}
