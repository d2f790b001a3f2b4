import Model
import Registry
import Synchronization
import TestSupport
import Testing

/// Listings that tell digests prove that tags are in sync, and nothing else.
@Suite struct SweepTests {
  let one = ImagePusher.manifest("one")
  let two = ImagePusher.manifest("two")
  let tags = (0..<200).map { tag("tag-\(1000 + $0)") }

  private var expected: [TagReference: Digest] {
    Dictionary(uniqueKeysWithValues: tags.map { ($0, one.digest) })
  }

  /// A registry whose tags all point to `one`.
  private func registry() throws -> FakeRegistry {
    let registry = try FakeRegistry()
    registry.store(two, in: repository)
    for tag in tags { registry.store(one, as: tag.tag, in: repository) }
    return registry
  }

  @Test(arguments: [RegistryKind.acr, .artifactRegistry, .other])
  func aTenthGetsItsHeadAndEachTagOneInTenSweeps(kind: RegistryKind) async throws {
    let registry = try registry()
    registry.configure { $0.digestListing = kind == .acr ? .acr : .google }
    let client = try RegistryClient(url: registry.url, as: kind)
    var heads: [String] = []
    for sweep in 1...10 {
      let answers = await client.observe(tags, expecting: expected)
      #expect(answers.count == 200 && Set(answers.values) == [.present(one.digest)])
      #expect(registry.count("GET") == sweep)
      let total = registry.requests.filter { $0.method == "HEAD" }.map(\.path)
      // Chance decides: of 200, at most 60 in one sweep but once in 10^15.
      #expect(total.count - heads.count <= 60)
      heads = total
    }
    #expect(heads.count == 200 && Set(heads).count == 200)
  }

  /// Whoever waits for a long sweep hears that it gets on: at each page of a listing, and at each tag.
  @Test(arguments: [RegistryKind.acr, .artifactRegistry, .other])
  func everyAnswerIsToldOf(kind: RegistryKind) async throws {
    let registry = try registry()
    registry.configure { $0.digestListing = kind == .acr ? .acr : kind == .other ? nil : .google }
    let client = try RegistryClient(url: registry.url, as: kind)
    let told = Atomic(0)
    let answers = await client.observe(tags, expecting: expected) { told.add(1, ordering: .relaxed) }
    #expect(answers.count == 200)
    #expect(told.load(ordering: .relaxed) == registry.count("HEAD") + registry.count("GET"))
  }

  @Test(arguments: [RegistryKind.acr, .artifactRegistry])
  func whatIsNotAsExpectedGetsItsHead(kind: RegistryKind) async throws {
    let registry = try registry()
    registry.configure { $0.digestListing = kind == .acr ? .acr : .google }
    registry.store(two, as: tags[0].tag, in: repository)
    let absent = tag("absent")
    let undeclared = tag("undeclared")
    registry.store(two, as: undeclared.tag, in: repository)
    var expected = expected
    expected[absent] = one.digest
    let client = try RegistryClient(url: registry.url, as: kind)
    let answers = await client.observe(tags + [absent, undeclared], expecting: expected)
    #expect(answers.count == 202)
    #expect(answers[tags[0]] == .present(two.digest))
    #expect(answers[tags[1]] == .present(one.digest))
    #expect(answers[absent] == .absent)
    #expect(answers[undeclared] == .present(two.digest))
    let heads = Set(
      registry.requests.filter { $0.method == "HEAD" }.map { $0.path.split(separator: "/").last! })
    #expect(heads.isSuperset(of: ["tag-1000", "absent", "undeclared"]))
  }

  /// A sweep that makes way says nothing of the listing: the next one asks it again.
  @Test func aListingThatIsCutOffDidNotFail() async throws {
    let registry = try registry()
    let gate = Gate()
    let (reached, reach) = AsyncStream.makeStream(of: Void.self)
    registry.configure {
      $0.digestListing = .google
      $0.gate = { request in
        guard request.path.hasSuffix("/tags/list") else { return nil }
        reach.yield()
        return gate
      }
    }
    let client = try RegistryClient(url: registry.url)
    let (tags, expected) = (tags, expected)
    let sweep = Task { await client.observe(tags, expecting: expected) }
    for await _ in reached { break }
    sweep.cancel()
    _ = await sweep.value
    gate.open()
    let answers = await client.observe(tags, expecting: expected)
    #expect(answers.count == 200)
    #expect(registry.requests.count { $0.path.hasSuffix("/tags/list") } == 2)
  }

  @Test func aStaleListingIsGivenUpForTheProcessWithALogLine() async throws {
    let registry = try registry()
    registry.configure { $0.digestListing = .google }
    let client = try RegistryClient(url: registry.url)
    let told = Told()
    client.tellOfListings { told.take($0) }
    // What everybody reads is `two`; the listing alone says `one`.
    registry.configure { [two] behaviour in
      behaviour.override = { $0.method == "HEAD" ? two.reply : nil }
    }
    for _ in 0..<2 {
      let answers = await client.observe(tags, expecting: expected)
      #expect(answers.count == 200 && Set(answers.values) == [.present(two.digest)])
    }
    #expect(registry.count("GET") == 1)
    #expect(registry.count("HEAD") == 400)
    let host = try registry.address.authority
    #expect(told.lines.count == 1)
    let line = try #require(told.lines.first)
    #expect(line.hasPrefix("\(host): a listing says that team/prereqs:tag-1"))
    #expect(
      line.hasSuffix(
        " has \(one.digest.short), and the tag itself has \(two.digest.short): tags are asked about one by one from now on"
      ))
  }

  @Test func aTagThatCouldNotBeReadContradictsNothing() async throws {
    let registry = try registry()
    registry.configure { $0.digestListing = .google }
    let client = try RegistryClient(url: registry.url)
    registry.configure { behaviour in
      behaviour.override = { $0.method == "HEAD" ? .response(403) : nil }
    }
    let first = await client.observe(tags, expecting: expected)
    let unknown = first.values.count { !$0.isKnown }
    #expect(first.count == 200 && unknown == registry.count("HEAD") && unknown < 100)
    _ = await client.observe(tags, expecting: expected)
    #expect(registry.count("GET") == 2)
  }

  @Test func aTagWhoseHeadWasNotAnsweredIsAskedAboutTheNextTime() async throws {
    let registry = try registry()
    registry.configure { $0.digestListing = .google }
    let client = try RegistryClient(url: registry.url)
    registry.configure { behaviour in
      behaviour.override = { $0.method == "HEAD" ? .response(403) : nil }
    }
    // By now the listing has vouched ten times for each, and no HEAD was answered.
    for _ in 1...10 { _ = await client.observe(tags, expecting: expected) }
    registry.configure { $0.override = nil }
    let before = registry.count("HEAD")
    _ = await client.observe(tags, expecting: expected)
    #expect(registry.count("HEAD") - before == tags.count)
  }

  @Test func aListingWithoutDigestsIsAskedOnce() async throws {
    let registry = try registry()
    let client = try RegistryClient(url: registry.url)
    for _ in 0..<2 {
      let answers = await client.observe(tags, expecting: expected)
      #expect(answers.count == 200 && Set(answers.values) == [.present(one.digest)])
    }
    #expect(registry.count("GET") == 1)
    #expect(registry.count("HEAD") == 400)
  }

  @Test func fewTagsAreAskedAboutOneByOne() async throws {
    let registry = try registry()
    registry.configure { $0.digestListing = .google }
    let client = try RegistryClient(url: registry.url)
    _ = await client.observe(Array(tags.prefix(49)), expecting: expected)
    #expect(registry.count("GET") == 0)
    _ = await client.observe(tags, expecting: [:])
    #expect(registry.count("GET") == 0)
    _ = await client.observe(Array(tags.prefix(50)), expecting: expected)
    #expect(registry.count("GET") == 1)
  }

  @Test func aListingThatIsLongBesideTheTagsIsGivenUp() async throws {
    let registry = try registry()
    for number in 0..<5000 { registry.store(two, as: tag("other-\(number)").tag, in: repository) }
    registry.configure { $0.digestListing = .google }
    let client = try RegistryClient(url: registry.url)
    let some = Array(tags.prefix(60))
    #expect(await client.observe(some, expecting: expected).count == 60)
    #expect(registry.count("GET") == 3)
    #expect(registry.count("HEAD") == 60)
    // Left out of one sweep, then of two.
    for gets in [3, 6, 6, 6, 9] {
      _ = await client.observe(some, expecting: expected)
      #expect(registry.count("GET") == gets)
    }
  }

  @Test(arguments: [
    ScriptedReply.response(403), .response(500), .response(200, body: "<html>"), .reset,
    .response(200, [("Link", "<https://elsewhere.example/v2/x>; rel=next")], body: #"{"manifest":{}}"#),
  ])
  func aPageThatFailsMeansHeads(page: ScriptedReply) async throws {
    let registry = try registry()
    registry.configure { $0.override = { $0.path.hasSuffix("/tags/list") ? page : nil } }
    let client = try RegistryClient(url: registry.url)
    let answers = await client.observe(tags, expecting: expected)
    #expect(answers.count == 200 && Set(answers.values) == [.present(one.digest)])
    #expect(registry.count("HEAD") == 200)
    // Left out of the next sweep.
    let asked = registry.requests.count
    _ = await client.observe(tags, expecting: expected)
    #expect(registry.requests.count - asked == 200 && registry.count("HEAD") == 400)
  }

  @Test func aListingThatSucceedsAgainMakesUpForWhatFailed() async throws {
    let registry = try registry()
    registry.configure { $0.digestListing = .google }
    let client = try RegistryClient(url: registry.url)
    var lists: [Int] = []
    for isFailing in [true, true, false, true, true, false] {
      registry.configure {
        $0.override = { isFailing && $0.path.hasSuffix("/tags/list") ? .response(403) : nil }
      }
      _ = await client.observe(tags, expecting: expected)
      lists.append(registry.count("GET"))
    }
    // Each failure leaves it out of one sweep.
    #expect(lists == [1, 1, 2, 3, 3, 4])
  }

  /// What answers nothing would be waited for as long as there are repositories.
  @Test(arguments: [(ScriptedReply.reset, 1), (.response(403), 3)])
  func afterAListingThatWasNotAnsweredNoOtherIsAskedFor(page: ScriptedReply, listed: Int) async throws {
    let registry = try FakeRegistry()
    registry.configure { $0.override = { $0.path.hasSuffix("/tags/list") ? page : nil } }
    let client = try RegistryClient(url: registry.url)
    let tags = try ["team/a", "team/b", "team/c"].map { try RepositoryName($0) }.flatMap { repository in
      self.tags.prefix(50).map { TagReference(repository, $0.tag) }
    }
    let digests = tags.map { ($0, one.digest) }
    let answers = await client.observe(tags, expecting: Dictionary(uniqueKeysWithValues: digests))
    #expect(answers.count == 150 && Set(answers.values) == [.absent])
    let lists = registry.requests.map(\.path).filter { $0.hasSuffix("/tags/list") }
    #expect(Set(lists).count == listed)
  }

  @Test func tagsThatAListingNamesTwiceAreNotBelieved() async throws {
    let registry = try registry()
    let entries = tags.flatMap { tag in [(tag.tag, two.digest), (tag.tag, one.digest)] }
      .map { #"{"name":"\#($0)","digest":"\#($1)"}"# }.joined(separator: ",")
    registry.configure {
      $0.override = { $0.path.hasPrefix("/acr/") ? .response(200, body: #"{"tags":[\#(entries)]}"#) : nil }
    }
    let client = try RegistryClient(url: registry.url, as: .acr)
    let answers = await client.observe(tags, expecting: expected)
    #expect(answers.count == 200 && Set(answers.values) == [.present(one.digest)])
    #expect(registry.count("HEAD") == 200)
  }

  @Test func aRepositoryThatTheRegistryDoesNotKnowIsAbsent() async throws {
    let registry = try FakeRegistry()
    let client = try RegistryClient(url: registry.url)
    let answers = await client.observe(tags, expecting: expected)
    #expect(answers.count == 200 && Set(answers.values) == [.absent])
  }
}

private final class Told: Sendable {
  private let state = Mutex<[String]>([])

  var lines: [String] { state.withLock { $0 } }

  func take(_ line: String) { state.withLock { $0.append(line) } }
}
