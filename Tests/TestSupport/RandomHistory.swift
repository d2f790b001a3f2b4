package import Model

/// How a pull request lands.
package enum Landing: CaseIterable, Sendable {
  case merge, fastForward, squash, squashWithOtherMessage, rebase
}

/// The branches that people work on: real ones, or what would be left of them. Times only grow.
package protocol RolloutBranches {
  associatedtype Cut

  /// What production declares now.
  var production: [ImageKey: Digest] { get async throws }
  mutating func commitOnMain(_ state: [ImageKey: Digest], at time: Int) async throws
  /// Main takes production's commits in, and keeps what it declares.
  mutating func mergeBack(at time: Int) async throws
  /// Nil where there is nothing to roll out.
  mutating func cut(hold: Set<ImageKey>, only: Set<ImageKey>?, at time: Int) async throws -> Cut?
  /// - Returns: False where the cut was refused, because production moved on.
  mutating func land(_ cut: Cut, by landing: Landing, at time: Int) async throws -> Bool
  mutating func hotfix(_ key: ImageKey, _ digest: Digest, at time: Int) async throws
  /// - Returns: False where a person has to say what to go back to.
  mutating func rollBack(_ key: ImageKey, at time: Int) async throws -> Bool
  /// `git revert` of production's commit `index`, counted from the first that landed.
  /// - Returns: False where it conflicts.
  mutating func revert(_ index: Int, at time: Int) async throws -> Bool
}

/// What a team does in a year, at random: each step is done on the branches, and to what people meant.
package struct RandomHistory<Branches: RolloutBranches> {
  package private(set) var branches: Branches
  private var people = People()
  private var generator: SeededGenerator
  private var time = 0
  private var names = 0
  private var inFlight: (cut: Branches.Cut, meant: [ImageKey: Digest], onto: Int)?

  /// Eight images, declared on main and rolled out.
  package init(seed: UInt64, _ branches: Branches) async throws {
    self.branches = branches
    generator = SeededGenerator(seed: seed)
    for name in "abcdefgh" { people.declareOnMain(try key("team/images/\(name)"), nextDigest(), at: 0) }
    try await self.branches.commitOnMain(people.main, at: 0)
    _ = try await rollOut(hold: [], only: nil, by: .merge)
  }

  /// Empty where production is what people meant.
  package var differences: [String] {
    get async throws {
      let found = try await branches.production
      return Set(people.production.keys).union(found.keys).sorted().compactMap { key in
        let meant = people.production[key]
        return meant == found[key]
          ? nil : "\(key): meant \(meant?.short ?? "none"), found \(found[key]?.short ?? "none")"
      }
    }
  }

  /// - Returns: What was done; nil where what was refused should not have been, or the other way round.
  package mutating func step() async throws -> (told: String, isAsMeant: Bool) {
    time += 1
    let told: (String, Bool)
    switch Int.random(in: 0..<20, using: &generator) {
    case 0..<7: told = (try await changeMain(), true)
    case 7:
      try await branches.mergeBack(at: time)
      told = ("main merges production back", true)
    case 8..<12:
      let (hold, only) = options()
      told = (try await rollOut(hold: hold, only: only, by: landing()), true)
    case 12: told = (try await beginCut(), true)
    case 13: told = try await landCutInFlight()
    case 14, 15: told = (try await hotfix(), true)
    case 16, 17: told = try await rollBack()
    default: told = try await revert()
    }
    let isAsMeant = try await differences.isEmpty
    return (told.0, told.1 && isAsMeant)
  }

  private mutating func changeMain() async throws -> String {
    let keys = people.main.keys.sorted()
    let told: String
    switch Int.random(in: 0..<10, using: &generator) {
    case 0:
      let new = try newKey()
      people.declareOnMain(new, nextDigest(), at: time)
      told = "main adds \(new)"
    case 1 where !keys.isEmpty:
      let key = keys.randomElement(using: &generator)!
      people.declareOnMain(key, nil, at: time)
      told = "main removes \(key)"
    case 2 where !keys.isEmpty:
      let (key, new) = (keys.randomElement(using: &generator)!, try newKey())
      people.declareOnMain(new, people.main[key]!, at: time)
      people.declareOnMain(key, nil, at: time)
      told = "main renames \(key) to \(new)"
    case 3, 4:
      guard let key = keys.randomElement(using: &generator),
        let earlier = mainDigests[key]?.randomElement(using: &generator)
      else { return "nothing" }
      people.declareOnMain(key, earlier, at: time)
      told = "main goes back with \(key) to \(earlier.short)"
    default:
      for key in keys.shuffled(using: &generator).prefix(.random(in: 1...3, using: &generator)) {
        people.declareOnMain(key, nextDigest(), at: time)
      }
      told = "main moves"
    }
    for (key, digest) in people.main where mainDigests[key]?.contains(digest) != true {
      mainDigests[key, default: []].append(digest)
    }
    try await branches.commitOnMain(people.main, at: time)
    return told
  }

  /// Everything that main ever declared.
  private var mainDigests: [ImageKey: [Digest]] = [:]

  private mutating func rollOut(
    hold: Set<ImageKey>, only: Set<ImageKey>?, by landing: Landing
  ) async throws -> String {
    let meant = people.afterRollout(hold: hold, only: only)
    if let cut = try await branches.cut(hold: hold, only: only, at: time) {
      _ = try await branches.land(cut, by: landing, at: time)
    }
    people.land(rollout: meant, isTold: landing != .squashWithOtherMessage, at: time)
    return "rollout by \(landing), hold \(hold.sorted()), only \(only?.sorted() ?? [])"
  }

  private mutating func beginCut() async throws -> String {
    guard let cut = try await branches.cut(hold: [], only: nil, at: time) else { return "nothing to cut" }
    inFlight = (cut, people.afterRollout(hold: [], only: nil), people.landed.count)
    return "a cut is made"
  }

  private mutating func landCutInFlight() async throws -> (String, Bool) {
    guard let (cut, meant, onto) = inFlight else { return ("no cut", true) }
    inFlight = nil
    let landing = landing()
    let isFresh = onto == people.landed.count
    guard try await branches.land(cut, by: landing, at: time) else {
      return ("a stale cut is refused", !isFresh)
    }
    people.land(rollout: meant, isTold: landing != .squashWithOtherMessage, at: time)
    return ("the cut lands by \(landing)", isFresh)
  }

  private mutating func hotfix() async throws -> String {
    guard let key = people.production.keys.sorted().randomElement(using: &generator) else { return "nothing" }
    let digest = nextDigest()
    people.hotfix(key, digest, at: time)
    try await branches.hotfix(key, digest, at: time)
    return "hotfix of \(key) by \(digest.short)"
  }

  private mutating func rollBack() async throws -> (String, Bool) {
    guard let key = people.production.keys.sorted().randomElement(using: &generator) else {
      return ("nothing", true)
    }
    let isPossible = people.before(key) != nil
    if isPossible { people.rollBack(key, at: time) }
    return ("rollback of \(key)", try await branches.rollBack(key, at: time) == isPossible)
  }

  /// Of any of the last commits, so of rollouts, and of reverts too.
  private mutating func revert() async throws -> (String, Bool) {
    guard let index = people.landed.indices.dropFirst().suffix(4).randomElement(using: &generator) else {
      return ("nothing", true)
    }
    let state = people.reverting(index)
    guard state != people.production else { return ("nothing to revert", true) }
    if let state { people.revert(to: state, at: time) }
    return ("revert of commit \(index)", try await branches.revert(index, at: time) == (state != nil))
  }

  private mutating func landing() -> Landing { Landing.allCases.randomElement(using: &generator)! }

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

  private mutating func nextDigest() -> Digest {
    names += 1
    return Digest(bytes: [UInt8(names >> 8), UInt8(names & 255)] + [UInt8](repeating: 0, count: 30))!
  }

  private mutating func newKey() throws -> ImageKey {
    names += 1
    return try key("team/images/n\(names)")
  }
}
