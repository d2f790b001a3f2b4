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

  @Test func filesAreLookedAtOnceASecond() {
    var last: RememberedFailure?
    RememberedFailure.record(error, in: &last, at: .zero, [])
    let looks = (0..<40).filter { last!.isLookDue(at: .milliseconds(100 * $0)) }
    #expect(looks == [10, 20, 30])
  }

  @Test func refusedCredentialsAreTriedByOneAfterThePauseAndByAllAfterAChange() async throws {
    let source = ChangingFiles()
    let refusals = Refusals(source, clock.timing)
    refusals.remember(error, of: "a", source.now)
    try await refusals.check("b")
    #expect(await registryError { try await refusals.check("a") } == error)
    clock.advance(by: .seconds(1))
    try await refusals.check("a")
    #expect(await registryError { try await refusals.check("a") } == error)
    // The one was refused, too: for two seconds.
    refusals.remember(error, of: "a", source.now)
    source.change()
    #expect(await registryError { try await refusals.check("a") } == error)
    clock.advance(by: .seconds(1))
    for _ in 0..<3 { try await refusals.check("a") }
  }

  @Test func aChangeIsNoticedOnce() async {
    let source = ChangingFiles()
    let watch = CredentialWatch(source, clock.timing)
    func notices(after seconds: Int) async -> Bool {
      clock.advance(by: .seconds(seconds))
      return await watch.noticesChange()
    }
    await watch.begin()
    #expect(await !notices(after: 10))
    source.change()
    await watch.begin()
    #expect(await !notices(after: 9))
    #expect(await notices(after: 1))
    #expect(await !notices(after: 10))
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
