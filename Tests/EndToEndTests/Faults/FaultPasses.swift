import FoundationEssentials
import GitCheckout
import HTTPClient
import Model
import Reconciler
import Registry
import Synchronization
import TestSupport
import Testing

@testable import tagkeeper

/// Passes of one channel against a registry that fails a fifth of all requests, each judged by what stands in the
/// registry afterwards.
final class FaultPasses {
  private static let images = (0..<12).map { "image-\($0)" }

  private let deployment: Deployment
  private let proxy: FaultProxy
  private let source: GitStateSource
  private let settings: ChannelSettings
  private let time = SteppedTime()
  private let storage = MemoryStorage()
  /// Digests that commits declare, and those that only people put to tags.
  private let declarable: [Digest]
  private let foreign: [Manifest]
  private var random: SeededGenerator
  private var deleter: TagDeleter
  private var channel: ChannelReconciler

  private var declared: [String: Digest] = [:]
  /// Tags that a person made, of images that no commit ever declares.
  private var theirs: [String: Digest] = [:]
  private var everDeclared: Set<String> = []
  private(set) var outcomes: [String: Int] = [:]

  init(_ deployment: Deployment, seed: UInt64) async throws {
    self.deployment = deployment
    random = SeededGenerator(seed: seed)
    proxy = try FaultProxy(to: deployment.registry.address, over: deployment.transport, seed: seed)
    let pushed = try await deployment.pushVariants(12, of: "image")
    declarable = pushed[..<8].map(\.digest)
    foreign = Array(pushed[8...])
    let workspace = try Workspace(
      try Arguments(["--config", deployment.folder("tagkeeper.yaml")], for: .plan))
    let repository = try await GitRepository.open(
      deployment.checkout, with: GitProgram(environment: deployment.git.environment))
    source = try await workspace.stateSource(repository)
    settings = workspace.channels[0]
    (deleter, channel) = try Self.start(proxy, storage, time, source, settings, timeouts: HTTPTimeouts())
  }

  /// As a new process: only the journal and the registry are left.
  private static func start(
    _ proxy: FaultProxy, _ storage: MemoryStorage, _ time: SteppedTime, _ source: GitStateSource,
    _ settings: ChannelSettings, timeouts: HTTPTimeouts
  ) throws -> (TagDeleter, ChannelReconciler) {
    let transport = try Transport(userAgent: "tagkeeper/faults", clock: time.clock.clock)
    let client = RegistryClient(
      try proxy.address, transport: transport, timeouts: timeouts, retries: RequestRetries(sleep: { _ in }))
    let (record, _) = try JournalRecord.read(storage.bytes)
    let deleter = TagDeleter(
      registry: RegistryWriter(client: client), journal: Journal(record, storage: storage, time: time),
      time: time)
    let channel = ChannelReconciler(
      settings, source: source, acceptances: NoAcceptances(), suspensions: NoSuspensions(), deleter: deleter,
      events: NoEvents(),
      interrupt: Interrupt(), waitsForLongWork: true)
    return (deleter, channel)
  }

  private func restart(timeouts: HTTPTimeouts = HTTPTimeouts(total: .milliseconds(400))) throws {
    (deleter, channel) = try Self.start(proxy, storage, time, source, settings, timeouts: timeouts)
  }

  // MARK: Passes

  /// The first pass, which deletes nothing, without faults.
  func begin() async throws {
    try await commit()
    for number in 0..<3 {
      let tag = ["theirs", "stray-latest", "sha256-\(foreign[0].digest.hex)"][number]
      try await deployment.put(foreign[number], at: tag)
      theirs[tag] = foreign[number].digest
    }
    _ = await channel.pass(.sweep, beside: [])
    try await judge(exactly: true, since: [:], "the first pass")
    try restart()
  }

  /// Something changes, in the branch or in the registry, and a pass is made while requests fail.
  func pass(_ number: Int) async throws {
    if Int.random(in: 0..<3, using: &random) > 0 { try await commit() }
    if Int.random(in: 0..<4, using: &random) == 0 { try await drift() }
    if Int.random(in: 0..<10, using: &random) == 0 { try restart() }
    time.step(by: .seconds(Int.random(in: 0...400, using: &random)))
    let before = try await deployment.tags()
    let going = try JournalRecord.read(storage.bytes).record.unfinishedBatches
    proxy.fail(0.2)
    try? await deleter.recover(telling: NoEvents())
    let report = await channel.pass(Int.random(in: 0..<3, using: &random) == 0 ? .commit : .sweep, beside: [])
    proxy.fail(0)
    await proxy.settle()
    for change in report.plan.changes {
      outcomes["\(change.action) \(change.outcome.map { "\($0)" } ?? "not tried")", default: 0] += 1
    }
    if report.error != nil { outcomes["held pass", default: 0] += 1 }
    try await judge(exactly: false, since: before, "pass \(number)", ending: going)
  }

  /// No request fails any more: in the end everything is as declared.
  func end() async throws {
    try restart(timeouts: HTTPTimeouts())
    for _ in 0..<4 {
      time.step(by: .seconds(400))
      try await deleter.recover(telling: NoEvents())
      _ = await channel.pass(.sweep, beside: [])
    }
    try await judge(exactly: true, since: try await deployment.tags(), "the end")
    let record = try JournalRecord.read(storage.bytes).record
    #expect(record.unfinishedBatches.isEmpty)
    let (requests, faults) = proxy.counts
    let told = outcomes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    print("faults: \(faults) of \(requests) requests failed; changes: \(told)")
  }

  private func commit() async throws {
    var next: [String: Digest] = [:]
    for image in Self.images where next.isEmpty || Int.random(in: 0..<5, using: &random) > 0 {
      let keeps = Bool.random(using: &random)
      next[image] = keeps ? declared[image] ?? declarable[0] : declarable.randomElement(using: &random)!
    }
    guard next != declared else { return }
    try await deployment.declare(next, message: "Change the state\n\nTagkeeper-Allow: prune")
    declared = next
    everDeclared.formUnion(next.keys)
  }

  /// Somebody moves a tag, whoever's it is.
  private func drift() async throws {
    let tags = Self.images.map { "\($0)-latest" } + theirs.keys.sorted()
    let tag = tags.randomElement(using: &random)!
    let manifest = foreign.randomElement(using: &random)!
    try await deployment.put(manifest, at: tag)
    if theirs[tag] != nil { theirs[tag] = manifest.digest }
  }

  // MARK: Judgement

  /// - Parameters:
  ///   - before: What stood there before the pass; nil for a tag that dangled.
  ///   - going: Deletions that an earlier pass began, and that the pass had to end.
  private func judge(
    exactly: Bool, since before: [String: Digest?], _ moment: String, ending going: [TombstoneBatch] = []
  ) async throws {
    let now = try await deployment.tags()
    let tombstones = try JournalRecord.read(storage.bytes).record.tombstones
    func text(_ digest: Digest?) -> String {
      digest.map { "\(tombstones.contains($0) ? "the tombstone " : "")\($0.short)" } ?? "nothing"
    }
    for (tag, digest) in theirs { #expect(now[tag] == .some(digest), "\(moment): \(tag) is somebody else's") }
    let strays = Set(now.keys).subtracting(theirs.keys).subtracting(everDeclared.map { "\($0)-latest" })
    // A person may have put an image's tag before a commit ever declared it. A proof of ours that a fault cut off leaves
    // its tag to the next one.
    #expect(
      strays.allSatisfy { now[$0] == before[$0] || $0 == "tagkeeper-deletion-proof" },
      "\(moment): nobody made \(strays)")
    for image in everDeclared.sorted() {
      let tag = "\(image)-latest"
      let (was, stands) = (before[tag] ?? nil, now[tag] ?? nil)
      let isForeign = was.map { digest in foreign.contains { $0.digest == digest } } ?? false
      // Where its tombstone can't be deleted, a tag gets the digest back that it had.
      let batch = going.first { $0.tombstone == was }
      let isRestored = stands != nil && stands == batch?.members.first { $0.tag.description == tag }?.original
      if let wanted = declared[image] {
        // Declared anew while its deletion was under way: the tombstone may go before the image comes.
        let wasGoing = was.map(tombstones.contains) ?? false
        let isLeft = stands == was || isRestored || wasGoing && stands == nil
        let isRight = stands == wanted || !exactly && isLeft
        #expect(
          isRight, "\(moment): \(tag) has \(text(stands)), had \(text(was)), is to have \(wanted.short)")
      } else if isForeign {
        #expect(
          stands == was, "\(moment): \(tag) has \(text(stands)), and somebody had put \(text(was)) there")
      } else if exactly {
        #expect(now[tag] == nil, "\(moment): \(tag) is declared no more, and has \(text(stands))")
      } else {
        let isKnown = stands == nil || stands == was || isRestored || tombstones.contains(stands!)
        #expect(isKnown, "\(moment): \(tag) has \(text(stands)), had \(text(was)), and is declared no more")
      }
    }
  }
}

/// Time that moves only when told, or when somebody sleeps.
private final class SteppedTime: TimeSource {
  let clock = SleepingClock()
  private let generator = Mutex(SeededGenerator(seed: 1))

  func now() -> Timestamp { Timestamp(milliseconds: 1_795_000_000_000 + Int64(clock.now / .milliseconds(1))) }
  func monotonic() -> Duration { clock.now }
  func sleep(until deadline: Duration) async throws { await clock.clock.sleep(deadline) }
  func random() -> Double { generator.withLock { Double.random(in: 0..<1, using: &$0) } }
  func step(by duration: Duration) { clock.now += duration }
}

private final class MemoryStorage: JournalStorage {
  private let state = Mutex((bytes: [UInt8](), chain: JournalChain(after: [], hash: sha256)))

  var bytes: [UInt8] { state.withLock(\.bytes) }
  func append(_ entries: [JournalEntry]) async throws {
    state.withLock { $0.bytes += $0.chain.lines(entries) }
  }
  func synchronize() async throws {}
}

private struct NoEvents: EventSink {
  func take(_ event: Event) {}
}

private struct NoAcceptances: AcceptanceBox {
  func acceptance(for channel: String) async -> Acceptance? { nil }
  func remove(for channel: String) async {}
  func command(accepting commit: CommitID, for channel: String) -> String { "" }
}

private struct NoSuspensions: SuspensionBox {
  func suspensions() async -> SuspensionReading { .known([]) }
}
