import GitCheckout
import Model
import Planning
import Reconciler
import StateFile
import Synchronization
import TestSupport
import Testing

@testable import tagkeeper

@Suite struct GitHistoryTests {
  /// A checkout with `production` checked out, and what reads its history.
  struct Checkout {
    let git: TemporaryGitRepository
    let repository: GitRepository

    init(_ folder: TemporaryDirectory) async throws {
      git = try await TemporaryGitRepository(folder("checkout"))
      try await git.checkOut("production")
      try await git.commit(["README": "first"])
      repository = try await GitRepository.open(
        folder("checkout"), with: GitProgram(environment: git.environment))
    }

    @discardableResult
    func declare(_ images: [String], allows: Bool = false, path: String = "images.yaml") async throws
      -> CommitID
    {
      let entries = try images.map { DesiredState.Entry(key: try key("r/\($0)"), digest: digest(1)) }
      let text = String(
        decoding: StateText(path: path, state: try DesiredState(entries)).bytes, as: UTF8.self)
      return try await commit([path: text], allows: allows)
    }

    @discardableResult
    func commit(_ files: [String: String?] = [:], allows: Bool) async throws -> CommitID {
      // A host adds a line after the trailer, which git's own trailer parsing then no longer sees.
      let message = allows ? "change\n\nTagkeeper-Allow: prune\n\nReviewed on the web" : "change"
      return try CommitID(await git.commit(files, message: message))
    }

    func tip() async throws -> CommitID { try CommitID(await git.tip()) }

    func history(_ paths: [String] = ["images.yaml"]) -> GitHistory {
      GitHistory(StateChain(repository, paths: paths))
    }
  }

  func request(_ tip: CommitID, applied: Set<CommitID> = [], accepted: CommitID? = nil) -> HistoryRequest {
    HistoryRequest(tip: tip, applied: applied.union([tip]), accepted: accepted)
  }

  /// Removed images, and whether their removal is allowed.
  func removals(_ reading: HistoryReading) -> [String: Bool] {
    reading.history.images.reduce(into: [:]) { result, image in
      if let removal = image.value.removal { result[image.key.image.description] = removal.isAllowed }
    }
  }

  @Test(arguments: ["repositories:\n  r:\n    a: {digest: sha256:", "", nil])
  func aCommitThatCanNotBeReadWholeRemovesNothing(_ text: String?) async throws {
    try await withTemporaryDirectory { folder in
      let checkout = try await Checkout(folder)
      let first = try await checkout.declare(["a", "b"])
      let broken = try await checkout.commit(["images.yaml": text], allows: true)
      let history = checkout.history()
      #expect(removals(await history.read(request(broken))) == [:])
      let mended = try await checkout.declare(["a"])
      let reading = await history.read(request(mended))
      #expect(removals(reading) == ["b": false])
      #expect(reading.history.images[try key("r/a")]?.present?.commit == first)
    }
  }

  @Test func removalsAndTheirApprovalAreRead() async throws {
    try await withTemporaryDirectory { folder in
      let checkout = try await Checkout(folder)
      try await checkout.declare(["a", "b", "c", "d"])
      try await checkout.declare(["b", "c", "d"])
      try await checkout.declare(["c", "d"], allows: true)
      let history = checkout.history()
      let reading = await history.read(request(try await checkout.tip()))
      #expect(reading.gap == nil)
      #expect(removals(reading) == ["a": false, "b": true])
      try await checkout.commit(allows: true)
      #expect(removals(await history.read(request(try await checkout.tip()))) == ["a": true, "b": true])
    }
  }

  @Test func eachCommitIsToldOfAsItIsRead() async throws {
    try await withTemporaryDirectory { folder in
      let checkout = try await Checkout(folder)
      let read = Atomic(0)
      let history = checkout.history()
      func told(_ tip: CommitID) async -> Int {
        read.store(0, ordering: .relaxed)
        _ = await history.read(request(tip)) { read.add(1, ordering: .relaxed) }
        return read.load(ordering: .relaxed)
      }
      try await checkout.declare(["a", "b"])
      // Git tells of the first commit and of this one, then of the one that changed the state; then both are read.
      #expect(await told(try await checkout.tip()) == 2 + 1 + 2)
      #expect(await told(try await checkout.declare(["a"])) == 1 + 1 + 1)
    }
  }

  @Test func aMergedSideAllowsItsOwnRemovalAlone() async throws {
    try await withTemporaryDirectory { folder in
      let checkout = try await Checkout(folder)
      try await checkout.declare(["a", "b", "c"])
      try await checkout.git.checkOut("side")
      try await checkout.declare(["b", "c"])
      try await checkout.declare(["c"], allows: true)
      try await checkout.git.checkOut("production")
      try await checkout.git.merge("side")
      let reading = await checkout.history().read(request(try await checkout.tip()))
      #expect(removals(reading) == ["a": false, "b": true])
    }
  }

  @Test func formerPathsAndFoldersCount() async throws {
    try await withTemporaryDirectory { folder in
      let checkout = try await Checkout(folder)
      try await checkout.declare(["a", "b"], path: "old.yaml")
      try await checkout.commit(["old.yaml": nil, "state/README.md": "not state"], allows: false)
      try await checkout.declare(["a"], path: "state/one.yaml")
      try await checkout.declare(["c"], path: "state/two.yaml")
      try await checkout.commit(["state/two.yaml": nil], allows: false)
      let reading = await checkout.history(["state", "old.yaml"]).read(request(try await checkout.tip()))
      #expect(removals(reading) == ["b": false, "c": false])
      #expect(reading.history.images[try key("r/a")]?.removal == nil)
    }
  }

  @Test func aRewoundBranchKeepsWhatWasApplied() async throws {
    try await withTemporaryDirectory { folder in
      let checkout = try await Checkout(folder)
      let first = try await checkout.declare(["a"])
      let second = try await checkout.declare(["a", "b"])
      try await checkout.git.git("reset", "-q", "--hard", first.description)
      let third = try await checkout.declare(["a", "c"])
      let request = request(third, applied: [first, second], accepted: third)
      #expect(removals(await checkout.history().read(request)) == ["b": false])
    }
  }

  @Test func aShallowCloneHasAGap() async throws {
    try await withTemporaryDirectory { folder in
      let checkout = try await Checkout(folder)
      for images in [["a", "b"], ["a"], ["a"]] { try await checkout.declare(images) }
      try await checkout.commit(allows: false)
      let clone = try await checkout.git.clone(to: folder("clone"), "--depth=1", "--branch=production")
      let repository = try await GitRepository.open(
        folder("clone"), with: GitProgram(environment: clone.environment))
      let tip = try await checkout.tip()
      let reading = await GitHistory(StateChain(repository, paths: ["images.yaml"])).read(request(tip))
      #expect(reading.gap?.contains("git fetch --unshallow") == true)
    }
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func goingOnGivesWhatTheWholeWalkGives(seed: UInt64) async throws {
    try await withTemporaryDirectory { folder in
      var random = SeededGenerator(seed: seed)
      let checkout = try await Checkout(folder)
      let goingOn = checkout.history()
      var applied: Set<CommitID> = []
      for step in 0..<14 {
        let images = (0..<6).filter { _ in Bool.random(using: &random) }.map { "i\($0)" }
        let allows = Int.random(in: 0..<3, using: &random) == 0
        switch Int.random(in: 0..<4, using: &random) {
        case 0: try await checkout.commit(allows: allows)
        case 1:
          try await checkout.git.checkOut("side\(step)")
          try await checkout.declare(images, allows: allows)
          try await checkout.git.checkOut("production")
          try await checkout.git.merge("side\(step)")
        default: try await checkout.declare(images, allows: allows)
        }
        guard step % 3 != 0 else { continue }  // a daemon does not see every commit as a tip
        let tip = try await checkout.tip()
        let request = request(tip, applied: applied)
        applied.insert(tip)
        let continued = await goingOn.read(request)
        let whole = await checkout.history().read(request)
        #expect(continued.history.images == whole.history.images, "seed \(seed), step \(step)")
        #expect(
          continued.history.allowsEmptyState == whole.history.allowsEmptyState, "seed \(seed), step \(step)")
      }
    }
  }
}
