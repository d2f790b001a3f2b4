import Model
import Planning
import TestSupport
import Testing

/// What a tag pointed to at a time, against a model of a branch, a daemon and its registry.
@Suite struct TagInstantTests {
  @Test(arguments: 0..<20)
  func theJournalTellsWhatWasApplied(block: UInt64) throws {
    for seed in block * 20..<(block + 1) * 20 {
      let world = try World(seed: seed)
      let whole = try world.history(until: .max)
      for time in 0..<World.end {
        let instant = whole.instant(at: Timestamp(seconds: Int64(time)))
        let expected: (TagInstant.Basis, Digest?) =
          time < world.firstWord ? (.branch, world.declared[time]) : (.journal, world.applied[time])
        #expect(
          instant.basis == expected.0 && instant.digest == expected.1, "seed \(seed), second \(time)")
      }
      #expect(
        zip(whole.changes, whole.applied).allSatisfy { $0.applied($1, in: world) }, "seed \(seed)")
    }
  }

  /// A journal that ends early, as another machine's does, is never taken for one that says that nothing happened.
  @Test(arguments: 0..<20)
  func aJournalThatEndedIsNotTrustedBeyondItsEnd(block: UInt64) throws {
    for seed in block * 20..<(block + 1) * 20 {
      let world = try World(seed: seed)
      let end = Int(seed % UInt64(World.end))
      let early = try world.history(until: end)
      for time in 0..<World.end {
        let instant = early.instant(at: Timestamp(seconds: Int64(time)))
        let expected = instant.basis == .journal ? world.applied[min(time, end)] : world.declared[time]
        #expect(instant.digest == expected, "seed \(seed), journal to \(end), second \(time)")
        // Past its end it may speak only of what it knew.
        if instant.basis == .journal, time > end {
          let asKnown = world.declared[time] == world.applied[end] || world.known[end] == world.newest[time]
          #expect(asKnown, "seed \(seed), journal to \(end), second \(time)")
        }
      }
    }
  }
}

extension DeclaredChange {
  fileprivate func applied(_ time: Timestamp?, in world: World) -> Bool {
    world.appliedByCommit[commit.id] == time.map { Int($0.milliseconds / 1000) }
  }
}

/// A branch, and a daemon that passes now and then while somebody else pushes, each once a second.
private struct World {
  static let end = 40

  private var timeline = BranchTimeline()
  private var entries: [(time: Int, write: (inout ChannelJournal) -> Void)] = []
  /// By second, at its end.
  private(set) var declared: [Digest?] = []
  private(set) var applied: [Digest?] = []
  /// By second: the newest commit that changed the image, and the newest that the daemon knew of.
  private(set) var newest: [CommitID?] = []
  private(set) var known: [CommitID?] = []
  private(set) var appliedByCommit: [CommitID: Int] = [:]
  /// When the journal first says something of the tag: before that, nobody knows whether another made it.
  private(set) var firstWord = Int.max

  private let image: ImageKey
  private var tag: Digest?
  private var passed: CommitID?

  init(seed: UInt64) throws {
    image = try key("r/a")
    var generator = SeededGenerator(seed: seed)
    for second in 0..<Self.end {
      declared.append(declared.last ?? nil)
      applied.append(applied.last ?? nil)
      newest.append(newest.last ?? nil)
      known.append(known.last ?? nil)
      switch Int.random(in: 0..<8, using: &generator) {
      case 0, 1, 2: try declare(digest(.random(in: 1...3, using: &generator)), second)
      case 3: try declare(nil, second)
      case 4: tag = digest(99)
      case 5, 6: try pass(second)
      default: break
      }
    }
    try pass(Self.end)
  }

  func history(until time: Int) throws -> ImageHistory {
    var journal = ChannelJournal()
    for entry in entries where entry.time <= time { entry.write(&journal) }
    return ImageHistory(of: image, on: timeline, from: nil, journal: journal)
  }

  private mutating func declare(_ digest: Digest?, _ second: Int) throws {
    let id = try commit(second + 1)
    if digest != declared[second] { newest[second] = id }
    declared[second] = digest
    timeline.append(
      .init(id: id, time: Timestamp(seconds: Int64(second))),
      entries: digest.map { [.init(key: image, digest: $0)] } ?? [])
  }

  private mutating func pass(_ second: Int) throws {
    guard let tip = timeline.tip else { return }
    let wanted = declared.last ?? nil
    let time = Timestamp(seconds: Int64(second))
    var change: Change?
    // What another pushed to a tag that is not declared is held, not deleted.
    if tag != wanted, wanted != nil || tag != digest(99) {
      let isDrift = applied.last ?? nil == wanted && passed != nil && newest.last == known.last
      change = Change(
        key: image, tag: try TagName("a"), action: wanted == nil ? .delete : tag == nil ? .create : .move,
        from: tag, to: wanted, cause: wanted == nil ? .prune : isDrift ? .drift : .commit, outcome: .applied)
      if !isDrift, let id = newest.last ?? nil, appliedByCommit[id] == nil { appliedByCommit[id] = second }
      tag = wanted
    }
    guard change != nil || passed != tip else { return }
    entries.append(
      (
        second,
        { [change] journal in
          journal.append(commit: tip, time)
          if let change { journal.append(change, at: tip, time) }
          journal.append(commit: tip, isConverged: true, time)
        }
      ))
    if wanted != nil || change != nil { firstWord = min(firstWord, second) }
    passed = tip
    guard second < Self.end else { return }
    if wanted != nil || change != nil || tag == nil { applied[second] = wanted }
    known[second] = newest[second]
  }
}
