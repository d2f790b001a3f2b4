import Model
import Planning
import TestSupport
import Testing

/// Random histories of what teams do in a year: after each step production is what people meant.
struct RolloutHistoryTests {
  @Test(arguments: 0..<40)
  func productionIsWhatPeopleMeant(block: UInt64) throws {
    for seed in block * 25..<(block + 1) * 25 {
      var history = try RandomHistory(seed: seed)
      for step in 0..<60 {
        let what = try history.step()
        let matches = history.isAsMeant
        #expect(matches, "seed \(seed), step \(step): \(what): \(history.differences)\n\(history.told)")
        if !matches { break }
      }
    }
  }
}

private struct RandomHistory {
  private var generator: SeededGenerator
  private var branches = Branches()
  private var people = People()
  private var time = 0
  private var digests = 0
  private var inFlight: (cut: RolloutCut, meant: [ImageKey: Digest], onto: CommitID, from: CommitID)?
  private var reverts: [Int] = []

  init(seed: UInt64) throws {
    generator = SeededGenerator(seed: seed)
    for name in "abcdefgh" {
      let key = try key("team/images/\(name)")
      people.declareOnMain(key, nextDigest(), at: 0)
    }
    try branches.commitOnMain(DesiredState(people.main.map { .init(key: $0.key, digest: $0.value) }), at: 0)
    try land(cut(hold: [], only: nil), meant: people.afterRollout(hold: [], only: nil), by: .merge)
  }

  /// Both branches' pasts of the images that are not as meant.
  var told: String {
    let keys = Set(people.production.keys).union(branches.productionState.entries.map(\.key)).sorted()
      .filter { people.production[$0] != branches.productionState[$0]?.digest }
    return keys.map { key in
      func line(_ timeline: BranchTimeline) -> String {
        timeline.changes(of: key).map {
          "\($0.time.milliseconds / 1000)\($0.commit.brings.isEmpty ? "" : "*"):\($0.entry?.digest.hex.prefix(4) ?? "none")"
        }.joined(separator: " ")
      }
      return "main \(line(branches.main)); production \(line(branches.production))"
    }.joined(separator: "\n")
  }

  var isAsMeant: Bool { differences.isEmpty }

  var differences: [String] {
    let keys = Set(people.production.keys).union(branches.productionState.entries.map(\.key)).sorted()
    return keys.compactMap { key in
      let (meant, found) = (people.production[key], branches.productionState[key]?.digest)
      return meant == found ? nil : "\(key): meant \(meant?.short ?? "none"), found \(found?.short ?? "none")"
    }
  }

  mutating func step() throws -> String {
    time += 1
    switch Int.random(in: 0..<20, using: &generator) {
    case 0..<8: return try changeMain()
    case 8..<12: return try rollOut()
    case 12: return try beginCut()
    case 13: return try landCutInFlight()
    case 14, 15: return try hotfix()
    case 16, 17: return try rollBack()
    default: return try revert()
    }
  }

  private mutating func changeMain() throws -> String {
    let keys = people.main.keys.sorted()
    guard let key = keys.randomElement(using: &generator) else { return try addOnMain() }
    switch Int.random(in: 0..<10, using: &generator) {
    case 0: return try addOnMain()
    case 1:
      people.declareOnMain(key, nil, at: time)
      try commitMain()
      return "main removes \(key)"
    case 2:
      let new = try newKey()
      people.declareOnMain(new, people.main[key]!, at: time)
      people.declareOnMain(key, nil, at: time)
      try commitMain()
      return "main renames \(key) to \(new)"
    case 3, 4:
      let earlier = Set(branches.main.changes(of: key).compactMap(\.entry?.digest)).sorted()
      people.declareOnMain(key, earlier.randomElement(using: &generator)!, at: time)
      try commitMain()
      return "main goes back with \(key)"
    default:
      for key in keys.shuffled(using: &generator).prefix(.random(in: 1...3, using: &generator)) {
        people.declareOnMain(key, nextDigest(), at: time)
      }
      try commitMain()
      return "main moves"
    }
  }

  private mutating func addOnMain() throws -> String {
    let key = try newKey()
    people.declareOnMain(key, nextDigest(), at: time)
    try commitMain()
    return "main adds \(key)"
  }

  private mutating func rollOut() throws -> String {
    let (hold, only) = options()
    let meant = people.afterRollout(hold: hold, only: only)
    let landing = Branches.Landing.allCases.randomElement(using: &generator)!
    try land(cut(hold: hold, only: only), meant: meant, by: landing)
    return "rollout by \(landing), hold \(hold.sorted()), only \(only?.sorted() ?? [])"
  }

  private mutating func beginCut() throws -> String {
    inFlight = (
      cut(hold: [], only: nil), people.afterRollout(hold: [], only: nil), branches.production.tip!,
      branches.main.tip!
    )
    return "a cut is made"
  }

  private mutating func landCutInFlight() throws -> String {
    guard let (cut, meant, onto, from) = inFlight else { return "no cut" }
    inFlight = nil
    // validate --rev refuses a cut that production left behind.
    guard onto == branches.production.tip else { return "the cut is stale" }
    let landing = Branches.Landing.allCases.randomElement(using: &generator)!
    guard !cut.isEmpty else { return "an empty cut" }
    try branches.land(cut, from: from, by: landing, at: time)
    people.land(rollout: meant, isTold: landing != .squashWithOtherMessage, at: time)
    return "the cut lands by \(landing)"
  }

  private mutating func hotfix() throws -> String {
    guard let key = people.production.keys.sorted().randomElement(using: &generator) else { return "nothing" }
    let digest = nextDigest()
    people.hotfix(key, digest, at: time)
    try branches.commitOnProduction(replacing(key, digest), at: time)
    return "hotfix of \(key) by \(digest.short)"
  }

  private mutating func rollBack() throws -> String {
    guard let key = people.production.keys.sorted().randomElement(using: &generator) else { return "nothing" }
    guard people.before(key) != nil else {
      #expect(throws: RollbackObjection.nothingBefore(key)) {
        try branches.production.rollingBack([key], from: branches.main, state: branches.productionState)
      }
      return "no rollback of \(key)"
    }
    let rollback = try branches.production.rollingBack(
      [key], from: branches.main, state: branches.productionState)
    people.rollBack(key, at: time)
    try branches.commitOnProduction(rollback.state, at: time)
    return "rollback of \(key)"
  }

  /// Of any of the last commits, so of rollouts, and of reverts too.
  private mutating func revert() throws -> String {
    let last = branches.landed.indices.suffix(4)
    guard let index = last.randomElement(using: &generator), let state = branches.reverting(index) else {
      return "a revert conflicts"
    }
    guard state != branches.productionState, index > 0 else { return "nothing to revert" }
    people.revert(
      to: Dictionary(uniqueKeysWithValues: state.entries.map { ($0.key, $0.digest) }), at: time)
    try branches.commitOnProduction(state, at: time)
    return "revert of commit \(index)"
  }

  private func cut(hold: Set<ImageKey>, only: Set<ImageKey>?) -> RolloutCut {
    RolloutCut(
      from: branches.main, state: branches.mainState, onto: branches.production,
      state: branches.productionState, RolloutOptions(hold: hold, only: only))
  }

  private mutating func land(
    _ cut: RolloutCut, meant: [ImageKey: Digest], by landing: Branches.Landing
  ) throws {
    if !cut.isEmpty { try branches.land(cut, from: branches.main.tip!, by: landing, at: time) }
    people.land(rollout: meant, isTold: landing != .squashWithOtherMessage, at: time)
  }

  private mutating func options() -> (hold: Set<ImageKey>, only: Set<ImageKey>?) {
    let keys = Set(people.main.keys).union(people.production.keys).sorted()
    func some() -> Set<ImageKey> {
      Set(keys.shuffled(using: &generator).prefix(.random(in: 1...3, using: &generator)))
    }
    return switch Int.random(in: 0..<4, using: &generator) {
    case 0: (some(), nil)
    case 1: ([], some())
    default: ([], nil)
    }
  }

  private mutating func commitMain() throws {
    try branches.commitOnMain(
      DesiredState(people.main.map { .init(key: $0.key, digest: $0.value) }), at: time)
  }

  private func replacing(_ key: ImageKey, _ digest: Digest?) throws -> DesiredState {
    var digests = Dictionary(
      uniqueKeysWithValues: branches.productionState.entries.map { ($0.key, $0.digest) })
    digests[key] = digest
    return try DesiredState(digests.map { .init(key: $0.key, digest: $0.value) })
  }

  private mutating func nextDigest() -> Digest {
    digests += 1
    return Digest(bytes: [UInt8(digests >> 8), UInt8(digests & 255)] + [UInt8](repeating: 0, count: 30))!
  }

  private mutating func newKey() throws -> ImageKey {
    digests += 1
    return try key("team/images/n\(digests)")
  }
}
