import Reconciler
import Testing

@testable import StatusServer

@Suite struct HealthTests {
  private func text(_ route: Route) -> (status: Int, text: String) {
    let answer = route.answer(IncomingRequest(.get, route.path))
    return (answer.status, String(decoding: answer.body, as: UTF8.self))
  }

  @Test func theLoopIsHealthyWhileItGetsOn() {
    let time = StillTime()
    let heartbeat = Heartbeat(time)
    let route = Route.health(of: heartbeat, patience: .seconds(300))
    #expect(route.path == "/healthz" && text(route) == (200, "ok\n"))
    time.advance(by: .seconds(299))
    #expect(text(route).status == 200)
    time.advance(by: .seconds(1))
    #expect(text(route) == (503, "no pass got on for 300 s\n"))
    heartbeat.beat()
    #expect(text(route).status == 200)
  }

  @Test func itIsReadyOnceEachChannelsFirstPassHasEnded() {
    let told = ToldEvents()
    let readiness = Readiness(["staging", "latest", "other"], passingOnTo: told)
    let route = Route.readiness(readiness)
    #expect(text(route) == (503, "waiting for the first pass of staging, latest, other\n"))
    let events: [Event] = [
      .waiting(channel: "latest", reason: "history"), .warning("latest"),
      .pass(PassReport(channel: "latest", branch: "b")),
    ]
    readiness.take(events[0])
    readiness.take(events[1])
    #expect(readiness.waitingChannels == ["staging", "latest", "other"])
    readiness.take(events[2])
    #expect(text(route) == (503, "waiting for the first pass of staging, other\n"))
    readiness.take(.unchanged(PassReport(channel: "staging", branch: "b")))
    // A branch that is not there is no reason to start it again.
    readiness.take(.held(channel: "other", reason: "gone"))
    #expect(text(route) == (200, "ready\n"))
    #expect(told.all.count == 5 && Array(told.all.prefix(3)) == events)
  }

  @Test func thePageSaysWhatIsHere() {
    let page = Route.index(version: "1.2", [Route(.post, "/hooks/git") { _ in Answer(202) }])
    #expect(page.path == "/" && text(page) == (200, "tagkeeper 1.2\n\nPOST /hooks/git\n"))
  }
}
