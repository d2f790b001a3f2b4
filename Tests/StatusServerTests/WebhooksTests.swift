import Reconciler
import Synchronization
import TestSupport
import Testing

@testable import StatusServer

@Suite struct WebhooksTests {
  let time = StillTime()
  let told = ToldEvents()
  let hints = Hints()
  let secret = try! HookSecret(testSecret("hook").utf8)  // long enough

  final class Hints: Sendable {
    let count = Mutex(0)
    func give() { count.withLock { $0 += 1 } }
    var given: Int { count.withLock(\.self) }
  }

  var hooks: Webhooks { Webhooks(telling: told, time: time) }

  func ask(
    _ route: Route, _ headers: [(name: String, value: String)] = [], body: String = ""
  ) -> Answer {
    route.answer(IncomingRequest(.post, route.path, headers: headers, body: Array(body.utf8)))
  }

  @Test func anAuthenticRequestIsAHintAndAnotherIsNone() {
    let git = hooks.git(secret) { [hints] in hints.give() }
    #expect(git.path == "/hooks/git" && git.method == .post)
    let refused = ask(git, [("X-Gitlab-Token", "wrong")])
    // Never why.
    #expect(refused.status == 401 && refused.body == Array("the request is not authentic\n".utf8))
    #expect(hints.given == 0)
    #expect(ask(git, [("X-Gitlab-Token", testSecret("hook"))]).status == 202)
    #expect(hints.given == 1)
  }

  @Test func aNotificationThatIsNoNewsIsTakenAndGivesNoHint() {
    let registry = hooks.registry(secret, besides: "tagkeeper/1") { [hints] in hints.give() }
    let right = [(name: "Authorization", value: "Bearer \(testSecret("hook"))")]
    #expect(registry.path == "/hooks/registry")
    #expect(ask(registry, right, body: #"{"events":[{"action":"pull"}]}"#).status == 202)
    #expect(hints.given == 0)
    #expect(ask(registry, right, body: #"{"events":[{"action":"push"}]}"#).status == 202)
    #expect(hints.given == 1)
    #expect(ask(registry).status == 401)
  }

  @Test func fiftyAreRefusedAtOnceThenTenASecondByBothHooksTogetherAndNoRealOneIsKeptOut() {
    let hooks = hooks
    let (git, registry) = (hooks.git(secret) {}, hooks.registry(secret, besides: "") {})
    let right = [(name: "X-Gitlab-Token", value: testSecret("hook"))]
    for _ in 1...25 { #expect(ask(git).status == 401 && ask(registry).status == 401) }
    let refused = ask(git)
    #expect(refused.status == 429 && refused.headers.contains { $0 == ("Retry-After", "1") })
    #expect(ask(registry).status == 429)
    for _ in 1...100 { #expect(ask(git, right).status == 202) }
    time.advance(by: .milliseconds(100))
    #expect(ask(git).status == 401 && ask(git).status == 429)
    time.advance(by: .seconds(60))
    #expect((1...60).filter { _ in ask(git).status == 401 }.count == 50)
  }

  @Test func refusalsAreToldOnceAMinuteWithTheirCount() {
    let git = hooks.git(secret) {}
    let agent = [(name: "User-Agent", value: "evil\u{1B}[31m\n\(String(repeating: "x", count: 200))")]
    for _ in 1...3 { _ = ask(git, agent) }
    #expect(told.all.count == 1)
    guard case .warning(let first)? = told.all.first else { return #expect(Bool(false)) }
    #expect(first.hasPrefix("a request to /hooks/git from \"evil\\u{1b}[31m\\u{a}xxx"))
    #expect(first.hasSuffix("xxx…\" was refused: it has no signature") && first.count < 200)
    time.advance(by: .seconds(59))
    _ = ask(git)
    #expect(told.all.count == 1)
    time.advance(by: .seconds(1))
    _ = ask(git)
    #expect(
      told.all.last
        == .warning("a request to /hooks/git, the last of 4, was refused: it has no signature"))
  }
}

@Suite struct TokenBucketTests {
  @Test func itSaysWhenTheNextIsThere() {
    var bucket = TokenBucket(rate: 2, burst: 1, now: .seconds(5))
    #expect(bucket.take(now: .seconds(5)) == nil)
    #expect(bucket.take(now: .seconds(5)) == .milliseconds(500))
    #expect(bucket.take(now: .milliseconds(5250)) == .milliseconds(250))
    #expect(bucket.take(now: .milliseconds(5500)) == nil)
  }
}
