import FoundationEssentials
import Glibc
import LinuxSystem
import Model
import Registry
import TestSupport
import Testing

/// `kill -9` of the daemon at random moments: the next start converges, and nothing is lost.
///
/// Few kills in a test run, many by `scripts/soak`.
@Suite(.enabled(if: RealRegistry.isExpected, Comment(rawValue: RealRegistry.absence)))
struct KillTests {
  @Test(.timeLimit(.minutes(KillPlan.minutes))) func theNextStartConverges() async throws {
    let plan = KillPlan()
    print(
      "kills: \(plan.moves) during moves, \(plan.deletes) during deletes, TAGKEEPER_SOAK_SEED=\(plan.seed)")
    try await withDeployment(on: .distribution) { deployment, registry in
      var rounds = try await KillRounds(deployment, registry, seed: plan.seed)
      try await rounds.begin()
      for _ in 0..<plan.moves { try await rounds.killDuringMoves() }
      for _ in 0..<plan.deletes { try await rounds.killDuringDeletes() }
      try await rounds.end()
      print("kills: \(rounds.kills) of a daemon at work, \(rounds.lateKills) of one that had finished")
    }
  }
}

/// How many kills, and the seed of their moments.
private struct KillPlan {
  let moves = Self.setting("TAGKEEPER_SOAK_MOVES").map { Int($0) } ?? 6
  let deletes = Self.setting("TAGKEEPER_SOAK_DELETES").map { Int($0) } ?? 4
  let seed = Self.setting("TAGKEEPER_SOAK_SEED") ?? .random(in: 0...999_999)

  /// A kill takes two seconds, and many times that on a busy machine.
  static var minutes: Int { setting("TAGKEEPER_SOAK_MOVES") == nil ? 10 : 60 }

  private static func setting(_ name: String) -> UInt64? {
    getenv(name).flatMap { UInt64(String(cString: $0)) }
  }
}

/// One daemon after the other on the same state directory, each killed at a request that the seed chose.
private struct KillRounds {
  private static let moved = 30
  private static let deleted = 40

  private let deployment: Deployment
  private let killSwitch = KillSwitch()
  private let proxy: RegistryProxy
  private let images: [Digest]
  private var random: SeededGenerator
  private var declared: [String: Digest] = [:]
  private var daemon: ChildProcess?
  private var number = 0
  private(set) var kills = 0
  private(set) var lateKills = 0

  init(_ deployment: Deployment, _ registry: RegistryUnderTest, seed: UInt64) async throws {
    self.deployment = deployment
    random = SeededGenerator(seed: seed)
    proxy = try RegistryProxy(to: registry.address, over: deployment.transport) {
      [killSwitch] in try killSwitch.passing($0)
    }
    try deployment.configure(proxy.address)
    images = try await deployment.pushVariants(Self.deleted, of: "image").map(\.digest)
  }

  mutating func begin() async throws {
    for name in 0..<Self.moved { declared["image-\(name)"] = images[0] }
    try await startAndJudge("the first start")
  }

  /// The daemon that runs sees a commit that moves every tag, and dies at one of the writes.
  mutating func killDuringMoves() async throws {
    for (name, digest) in declared.sorted(by: { $0.key < $1.key }) {
      declared[name] = images.filter { $0 != digest }.randomElement(using: &random)!
    }
    let request = Int.random(in: 1...Self.moved, using: &random)
    try await kill(atRequest: request, of: ["PUT"], message: "Move every tag")
  }

  /// The daemon that runs sees a commit that removes tags made for this, and dies at one of the requests of their
  /// deletion: the question before, the proof, a tombstone, its deletion, the listing after.
  mutating func killDuringDeletes() async throws {
    let kept = declared
    for name in 0..<Self.deleted { declared["doomed-\(number)-\(name)"] = images[name] }
    try await deployment.declare(declared, message: "Add tags")
    try await judge("tags were added")
    declared = kept
    let request = Int.random(in: 1...(4 * Self.deleted), using: &random)
    try await kill(
      atRequest: request, of: ["GET", "HEAD", "PUT", "DELETE"],
      message: "Remove tags\n\nTagkeeper-Allow: prune")
  }

  mutating func end() async throws {
    let daemon = try #require(daemon)
    daemon.signal(SIGTERM)
    #expect(await daemon.wait() == .exited(status: 0), "\(deployment.log.suffix(4000))")
    let plan = try await deployment.plan()
    #expect(plan.status == 0 && plan.inSync == declared.count, "\(plan)")
  }

  private mutating func kill(atRequest request: Int, of methods: Set<String>, message: String) async throws {
    let daemon = try #require(daemon)
    let moments: [KillSwitch.Moment] = [.before, .during, .after(Int.random(in: 0...2000, using: &random))]
    let moment = moments.randomElement(using: &random)!
    killSwitch.arm(daemon, atRequest: request, of: methods, moment)
    try await deployment.declare(declared, message: message)
    let expected = declared
    try await until {
      if daemon.termination != nil { return true }
      return try await deployment.hasConverged(to: expected)
    }
    if daemon.termination == nil { lateKills += 1 } else { kills += 1 }
    killSwitch.fire()
    #expect(await daemon.wait() == .killed(signal: SIGKILL), "\(deployment.log)")
    // What had left the dead process reaches the registry before the next one starts.
    try await until { proxy.requestsUnderWay == 0 }
    try await startAndJudge("kill \(number): request \(request) of \(methods.sorted()), \(moment)")
  }

  private mutating func startAndJudge(_ situation: String) async throws {
    number += 1
    if daemon == nil { try await deployment.declare(declared) }
    let earlier = proxy.requests.count
    daemon = try deployment.startDaemon()
    let asked = Set(declared.keys.map { "/v2/\(deployment.team)/manifests/\($0)-latest" })
    try await judge(situation) { [proxy] in
      // The tags may be right before it has begun: its first sweep counts too.
      let new = proxy.requests[earlier...].filter { $0.method == "HEAD" }
      return asked.isSubset(of: new.map(\.path)) && proxy.requestsUnderWay == 0
    }
  }

  /// Waits until the registry lists the declared tags alone, each with its digest, and looks at the journal.
  private func judge(_ situation: String, hasSwept: () -> Bool = { true }) async throws {
    let daemon = try #require(daemon)
    let expected = declared
    do {
      try await until {
        guard daemon.termination == nil else { throw DaemonEnded() }
        guard hasSwept() else { return false }
        return try await deployment.hasConverged(to: expected)
      }
    } catch {
      Issue.record("after \(situation): \(error); the daemon said: \(deployment.log.suffix(4000))")
      throw error
    }
    let check = try await deployment.tagkeeper("history", "--verify")
    #expect(check.status == 0, "after \(situation): \(check.output)\(check.errors)")
  }
}

private struct DaemonEnded: Error {}

extension Deployment {
  /// Every declared tag has its digest, and there is no other: none dangles, none has a tombstone.
  fileprivate func hasConverged(to declared: [String: Digest]) async throws -> Bool {
    // distribution answers 5xx while tags move: then nothing is known yet.
    guard let tags = try? await tags() else { return false }
    return tags == Dictionary(uniqueKeysWithValues: declared.map { ("\($0.key)-latest", .some($0.value)) })
  }
}
