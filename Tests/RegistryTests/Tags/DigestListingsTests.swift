import Model
import TestSupport
import Testing

@testable import Registry

@Suite struct DigestListingsTests {
  private let listings = DigestListings()

  /// How many sweeps go by before `repository` is listed again.
  private func pause(after failures: Int) -> Int {
    for _ in 0..<failures { listings.failed(repository) }
    var sweeps = 0
    while !listings.isWorthwhile(repository, tags: 50) { sweeps += 1 }
    return sweeps
  }

  @Test func failuresInARowAreLeftOutForLonger() {
    #expect((0..<9).map { _ in pause(after: 1) } == [1, 2, 4, 8, 16, 32, 64, 64, 64])
    listings.succeeded(repository)
    #expect(pause(after: 0) == 0 && pause(after: 1) == 1)
  }

  @Test func fewTagsAreNotListed() {
    #expect(!listings.isWorthwhile(repository, tags: 49) && listings.isWorthwhile(repository, tags: 50))
  }

  @Test func everyTagIsDueOnceInTenSweeps() {
    let tags = (0..<100).map { tag("tag-\($0)") }
    for _ in 0..<3 {
      var due: [TagReference] = []
      for _ in 0..<10 {
        let sample = listings.sample(of: tags)
        listings.answered(sample)
        due += sample
      }
      #expect(due.count == 100 && Set(due).count == 100)
    }
  }
}
