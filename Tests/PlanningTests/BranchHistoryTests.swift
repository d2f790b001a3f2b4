import Model
import Planning
import Testing
import TestSupport

@Suite struct BranchHistoryTests {
  func step(_ number: Int, _ images: [String]?, allows: Bool = false, side: [String] = []) throws
    -> BranchHistory.Step
  {
    .init(
      commit: try commit(number), time: Timestamp(seconds: Int64(number)),
      entries: try images?.map { try DesiredState.Entry(key: key("r/" + $0), digest: digest(UInt8(number))) },
      allowsPrune: allows, removalsAllowedByMergedSide: Set(try side.map { try key("r/" + $0) }))
  }

  func allowed(_ history: BranchHistory) -> [String: Bool] {
    history.images.reduce(into: [:]) { result, image in
      if let removal = image.value.removal { result[image.key.image.description] = removal.isAllowed }
    }
  }

  @Test func theLineOnTheRemovingCommitAllowsItsOwnRemovalsAlone() throws {
    var history = BranchHistory()
    history.append(try step(1, ["a", "b", "c"]))
    history.append(try step(2, ["b", "c"]))
    history.append(try step(3, ["c"], allows: true))
    #expect(allowed(history) == ["a": false, "b": true])
  }

  @Test func anEmptyCommitAllowsEverythingBeforeItAndNothingAfter() throws {
    var history = BranchHistory()
    history.append(try step(1, ["a", "b", "c"]))
    history.append(try step(2, ["b", "c"]))
    history.append(try step(3, nil, allows: true))
    history.append(try step(4, ["c"]))
    #expect(allowed(history) == ["a": true, "b": false])
  }

  @Test func aLineBesideAChangeOfTheStateAllowsNobodyElsesRemovals() throws {
    var history = BranchHistory()
    history.append(try step(1, ["a", "b", "c"]))
    history.append(try step(2, ["b", "c"]))
    // A rollback whose removal was made before it landed: its message still has the line.
    history.append(try step(3, ["b", "c"], allows: true))
    #expect(allowed(history) == ["a": false])
  }

  @Test func aCommitThatWasNeverAppliedRemovesNothing() throws {
    var history = BranchHistory()
    history.append(try step(1, ["a", "b"]))
    let invalid = try step(2, ["b"])
    history.append(
      .init(commit: invalid.commit, time: invalid.time, entries: invalid.entries, isValid: false))
    #expect(allowed(history) == [:])
    #expect(try history.images[key("r/a")]?.firstUnheld?.digest == digest(1))
    history.append(try step(3, ["b"]))
    #expect(try history.images[key("r/a")]?.removal?.commit == commit(3))
  }

  @Test func aMergedSideAllowsWhatItRemoved() throws {
    var history = BranchHistory()
    history.append(try step(1, ["a", "b", "c"]))
    history.append(try step(2, ["c"], side: ["b"]))
    #expect(allowed(history) == ["a": false, "b": true])
  }

  @Test func aRemovalIsForgottenWhenTheImageReturns() throws {
    var history = BranchHistory()
    history.append(try step(1, ["a", "b"]))
    history.append(try step(2, ["b"], allows: true))
    history.append(try step(3, ["a", "b"]))
    #expect(allowed(history) == [:])
    history.append(try step(4, ["b"]))
    #expect(allowed(history) == ["a": false])
    #expect(history.images[try key("r/a")]?.digests == [digest(1), digest(3)])
  }

  @Test func anEmptyStateIsMeantOnceTheLineStandsAtOrAfterIt() throws {
    var history = BranchHistory()
    history.append(try step(1, []))
    #expect(!history.allowsEmptyState)
    history.append(try step(2, nil, allows: true))
    #expect(history.allowsEmptyState)
    history.append(try step(3, []))
    #expect(!history.allowsEmptyState)
    history.append(try step(4, [], allows: true))
    #expect(history.allowsEmptyState)
  }

  @Test func whatARewoundBranchDeclaredIsStillOurs() throws {
    var history = BranchHistory()
    history.append(try step(1, ["a", "b"]))
    history.append(try step(2, ["b"], allows: true))
    let offChain = [try key("r/a"): Set([digest(7)]), try key("r/x"): Set([digest(8)])]
    history.adopt(offChain, removedBy: try commit(2), isAllowed: false, everywhere: true)
    #expect(allowed(history) == ["a": false, "x": false])
    #expect(history.images[try key("r/a")]?.digests == [digest(1), digest(7)])
    history.append(try step(3, nil, allows: true))
    #expect(allowed(history) == ["a": true, "x": true])
  }

  @Test func aFastForwardToTheOtherSideKeepsWhatTheChainAllowed() throws {
    var history = BranchHistory()
    history.append(try step(1, ["a", "b"]))
    history.append(try step(2, ["b"], allows: true))
    let offChain = [try key("r/a"): Set([digest(7)]), try key("r/x"): Set([digest(8)])]
    history.adopt(offChain, removedBy: try commit(2), isAllowed: false, everywhere: false)
    #expect(allowed(history) == ["a": true, "x": false])
  }
}
