import LinuxSystem
import Model
import Synchronization
import TestSupport
import Testing

@testable import Registry

/// What is remembered of authentication, without a server: pauses, refusals, grants, and the files behind them.
@Suite struct RememberedFailureTests {
  private let error = RegistryError(.unauthorized, "no")
  private let clock = TestClock()

  /// The pause after each failure, one after the other's end as `gaps` say.
  private func pauses(_ gaps: [Int]) -> [Int] {
    var last: RememberedFailure?
    var now = Duration.zero
    return ([0] + gaps).map { gap in
      now = max(now, last?.until ?? now) + .seconds(gap)
      RememberedFailure.record(error, in: &last, at: now, [])
      return Int((last!.until - now).components.seconds)
    }
  }

  @Test func pausesDoubleWhereFailuresFollowEachOther() {
    #expect(pauses([0, 0, 0]) == [1, 2, 4, 8])
    #expect(pauses(Array(repeating: 0, count: 10)).suffix(3) == [256, 300, 300])
    // A minute is soon, and twice the last pause.
    #expect(pauses([59, 59]) == [1, 2, 4] && pauses([60]) == [1, 1])
    #expect(pauses([0, 0, 0, 0, 0, 0, 127]).last == 128 && pauses([0, 0, 0, 0, 0, 0, 128]).last == 1)
  }

  @Test func whatFailsInAPauseIsTheSameFailure() {
    var last: RememberedFailure?
    RememberedFailure.record(error, in: &last, at: .zero, [])
    RememberedFailure.record(RegistryError(.denied, "other"), in: &last, at: .milliseconds(999), [nil])
    #expect(last?.error == error && last?.fingerprint == [] && last?.until == .seconds(1))
  }

  @Test func whatFailedIsTriedByOneAfterThePause() {
    let failures = RememberedFailures(clock.timing)
    failures.remember(error, of: "a", [])
    #expect(failures.current("b") == nil)
    #expect(failures.current("a")?.error == error)
    clock.advance(by: .seconds(1))
    #expect(failures.current("a") == nil)
    #expect(failures.current("a")?.error == error)
    // The one failed, too: for two seconds.
    failures.remember(error, of: "a", [nil])
    clock.advance(by: .milliseconds(1999))
    #expect(failures.current("a")?.error == error)
    // With files as they are no longer.
    failures.keep([nil])
    #expect(failures.current("a")?.error == error)
    failures.keep([])
    for _ in 0..<3 { #expect(failures.current("a") == nil) }
  }

  @Test func aChangeOfAFileIsToldOnce() async throws {
    let source = ChangingFiles()
    let told = Mutex<[Bool]>([])
    let watch = CredentialWatch(source, clock.timing) { fingerprint, isNew in
      #expect(fingerprint == source.now)
      told.withLock { $0.append(isNew) }
    }
    func isTold(after seconds: Int) async -> [Bool] {
      clock.advance(by: .seconds(seconds))
      await watch.lookNowAndThen()
      return told.withLock { $0.drain() }
    }
    try await watch.begin()
    #expect(await isTold(after: 10) == [false, false])
    source.change()
    try await watch.begin()
    #expect(await isTold(after: 9) == [])
    #expect(await isTold(after: 1) == [true])
    #expect(await isTold(after: 10) == [false])
  }

  @Test func aFailureHoldsUntilAFileChanges() async throws {
    let source = ChangingFiles()
    let watch = CredentialWatch(source, clock.timing) { _, _ in }
    var failure: RememberedFailure?
    RememberedFailure.record(error, in: &failure, at: clock.timing.now(), source.now)
    let failed = try #require(failure)
    #expect(await registryError { try await watch.requireChange(since: failed) } == error)
    source.change()
    for _ in 0..<3 { try await watch.requireChange(since: failed) }
  }

  @Test func aRegistryThatNamesEverNewScopesFillsNoMemory() throws {
    let grants = Grants()
    #expect(!grants.hasAny && !grants.wantsPassword)
    let first = Access(.pull, repository)
    let realm = try TokenRealm("https://a.example/token", for: RegistryURL("https://a.example"))
    let key = Grant.Key(demand: .bearer(TokenScope(realm: realm, service: nil, scope: "first")), origin: "x")
    let grant = grants.add(key, for: first)
    #expect(grants.hasAny && grants[first] === grant && grants.add(key, for: first) === grant)
    for number in 1...50_000 {
      let scope = TokenScope(realm: realm, service: nil, scope: "\(number)")
      _ = grants.add(Grant.Key(demand: .bearer(scope), origin: "x"), for: Access(.list, repository))
    }
    #expect(grants[first] == nil)
    _ = grants.add(Grant.Key(demand: .basic, origin: "x"), for: first)
    grants.forget()
    #expect(grants[first] == nil && grants.wantsPassword)
  }
}

/// Credentials in files that a test changes.
private final class ChangingFiles: CredentialSource {
  private let changes = Mutex(0)

  var now: [FileStamp?] { Array(repeating: nil, count: changes.withLock(\.self)) }
  func change() { changes.withLock { $0 += 1 } }

  func credentials(
    for repository: RepositoryName?, isFresh: Bool
  ) async throws(RegistryError) -> FoundCredentials { FoundCredentials(.anonymous, origin: "nowhere") }

  func fingerprint() async -> [FileStamp?] { now }
}

extension Array {
  fileprivate mutating func drain() -> [Element] {
    defer { self = [] }
    return self
  }
}
