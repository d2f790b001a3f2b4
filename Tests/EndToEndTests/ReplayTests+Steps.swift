import HTTPClient
import Model
import Registry
import StateFile
import TestSupport
import Testing

/// The replay's branch, daemon and registry, and what the tags have to be.
struct Replay {
  let deployment: Deployment
  /// The digests of the small manifests that stand for the real images.
  let standIns: [Digest: Digest]
  let repositories: Set<RepositoryName>
  let log: DaemonLog
  /// What the registry has to hold now.
  var tags: [TagReference: Digest] = [:]
  /// How many images the commit applied last declared.
  var hasDeclaredAny = false
  var appliedImages = 0
  var counts = Counts()

  struct Counts {
    var commits = 0
    var creates = 0
    var moves = 0
    var deletes = 0
    /// Writes that the registry refused, and that were tried again.
    var failures = 0
    /// The publishes at which the pass was held, or its deletes were.
    var held: [Int] = []
  }

  /// One small manifest for each distinct digest, in each repository that declares it; the blobs are shared.
  static func pushStandIns(
    for publishes: [Publish], _ deployment: Deployment
  ) async throws -> [Digest: Digest] {
    var repositories: [Digest: Set<RepositoryName>] = [:]
    for (tag, digest) in publishes.flatMap(\.tags) {
      repositories[digest, default: []].insert(tag.repository)
    }
    let body = String(decoding: ImagePusher.manifest("stand-in").bytes.dropLast(), as: UTF8.self)
    for repository in repositories.values.reduce(into: Set(), { $0.formUnion($1) }) {
      _ = try await deployment.push("stand-in", to: repository)
    }
    let registry = deployment.registry
    return try await withThrowingTaskGroup(of: (Digest, Digest).self) { group in
      var (standIns, waiting) = ([Digest: Digest](), repositories.makeIterator())
      func pushNext() {
        guard let (digest, repositories) = waiting.next() else { return }
        group.addTask {
          let text = body + #","annotations":{"org.example.of":"\#(digest)"}}"#
          let manifest = Manifest(bytes: Array(text.utf8), mediaType: .ociManifest)
          for repository in repositories {
            _ = try await registry.putManifest(manifest, to: .digest(manifest.digest), in: repository)
          }
          return (digest, manifest.digest)
        }
      }
      for _ in 0..<8 { pushNext() }
      while let (digest, standIn) = try await group.next() {
        standIns[digest] = standIn
        pushNext()
      }
      return standIns
    }
  }

  /// Commits the state of `publish`: an image per tag. The comment makes every publish a change of the file.
  mutating func commit(_ publish: Publish) async throws -> String {
    let entries = try publish.tags.map { tag, digest in
      DesiredState.Entry(
        key: ImageKey(tag.repository, try ImageName(tag.tag.description)), digest: standIns[digest]!)
    }
    let state = StateText(path: "images.yaml", state: try DesiredState(entries))
    let name =
      "publish \(publish.number): \(publish.commit) of \(publish.time)"
    counts.commits += 1
    return try await deployment.git.commit(
      ["desired-state/images.yaml": "# \(name)\n" + String(decoding: state.bytes, as: UTF8.self)],
      message: "Replay \(name)")
  }

  mutating func revert(_ commit: String) async throws {
    counts.commits += 1
    try await deployment.git.revert(commit)
  }

  /// Waits until the registry is where the tip, which declares `publish`, wants it. Where the guards have to hold the
  /// pass, it is seen held with nothing deleted, and goes through once the branch carries the line.
  mutating func reconcile(to publish: Publish, number: Int) async throws {
    let next = publish.tags.mapValues { standIns[$0]! }
    defer { hasDeclaredAny = hasDeclaredAny || !next.isEmpty }
    let removed = tags.keys.count { next[$0] == nil }
    let cap = max(10, appliedImages * 30 / 100)
    if next.isEmpty {
      // Before the first image there was none to lose; later it takes a person to say so.
      let remedy =
        !hasDeclaredAny
        ? " yet: add one with tagkeeper set --repository NAME IMAGE DIGEST, and commit it"
        : ": if that is meant, \(Self.approval) (an empty one will do)"
      try await expectPassHeld("the state declares no image\(remedy)", number)
    } else if removed > cap {
      try await expectDeletesHeld(next, removed, cap, number)
    } else {
      return try await expectApplied(next, number)
    }
    counts.held.append(number)
    counts.commits += 1
    _ = try await deployment.git.commit(message: "Approve the removals\n\nTagkeeper-Allow: prune")
    try await expectApplied(next, number)
  }

  private static let approval = "land a commit with the line Tagkeeper-Allow: prune"

  /// Waits until the whole pass is held for `reason`, and finds the tags as they were. What held it before may be told
  /// late, where the daemon was slow to start.
  mutating func expectPassHeld(_ reason: String, _ number: Int) async throws {
    try await follow { $0.event == "held" && $0.message == "held, nothing is changed: \(reason)" }
    try await expectTags(tags, number)
  }

  private mutating func expectDeletesHeld(
    _ next: [TagReference: Digest], _ removed: Int, _ cap: Int, _ number: Int
  ) async throws {
    let tip = try await deployment.git.tip()
    let written = Ended(from: tags, to: next)
    var (ended, held) = (Ended(), [String: String?]())
    try await follow { line in
      guard line.commit == tip else { return false }
      ended.count(line)
      if line.action == "held" { held[line.tag ?? ""] = line.reason }
      return held.count == removed && ended.creates == written.creates && ended.moves == written.moves
    }
    #expect(
      Set(held.values)
        == [
          "\(removed) deletions exceed the cap of \(cap) a pass; to approve, \(Self.approval) and no change of the "
            + "state (an empty one will do)"
        ],
      "publish \(number)")
    #expect(ended.deletes == 0, "publish \(number)")
    note(ended, next)
    tags.merge(next) { $1 }
    try await expectTags(tags, number)
  }

  private mutating func expectApplied(_ next: [TagReference: Digest], _ number: Int) async throws {
    let tip = try await deployment.git.tip()
    let expected = Ended(from: tags, to: next)
    var (ended, hasResumed) = (Ended(), false)
    try await follow { line in
      hasResumed = hasResumed || line.event == "resumed"
      if line.commit == tip { ended.count(line) }
      // An empty state that was approved and leaves nothing to do is heard of by the end of its hold alone.
      return ended == expected && (expected != Ended() || hasResumed)
    }
    note(ended, next)
    tags = next
    try await expectTags(tags, number)
  }

  /// Reads the daemon's log until `isDone` says so of a line.
  private mutating func follow(until isDone: (DaemonLog.Line) -> Bool) async throws {
    while true {
      for line in try log.newLines() {
        if line.outcome == "failed" { counts.failures += 1 }
        if isDone(line) { return }
      }
      try await Task.sleep(for: .milliseconds(2))
    }
  }

  /// Changes that were carried out.
  private struct Ended: Equatable {
    var creates = 0
    var moves = 0
    var deletes = 0

    init() {}

    init(from tags: [TagReference: Digest], to next: [TagReference: Digest]) {
      creates = next.keys.count { tags[$0] == nil }
      moves = next.count { tags[$0] != nil && tags[$0] != $1 }
      deletes = tags.keys.count { next[$0] == nil }
    }

    mutating func count(_ line: DaemonLog.Line) {
      guard line.outcome == "applied" else { return }
      switch line.action {
      case "create": creates += 1
      case "move": moves += 1
      default: deletes += 1
      }
    }
  }

  private mutating func note(_ ended: Ended, _ next: [TagReference: Digest]) {
    counts.creates += ended.creates
    counts.moves += ended.moves
    counts.deletes += ended.deletes
    appliedImages = next.count
  }

  /// Every tag of every repository, by the registry's own listing and a `HEAD` each.
  private func expectTags(_ expected: [TagReference: Digest], _ number: Int) async throws {
    var listed: [TagReference] = []
    for repository in repositories {
      listed += try await deployment.registry.tags(in: repository).map { TagReference(repository, $0) }
    }
    let observed = await deployment.registry.observe(listed)
    let isEqual = observed == expected.mapValues(Observation.present)
    #expect(isEqual, "after publish \(number): \(listed.count) tags listed, \(expected.count) declared")
  }
}
