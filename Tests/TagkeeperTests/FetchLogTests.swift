import Reconciler
import Testing

@testable import tagkeeper

@Suite struct FetchLogTests {
  private func line(_ event: Event) -> String {
    let line = LogLine(event)
    return "\(line.level) \(line.event): \(line.message)"
  }

  @Test func eachIsALineThatSaysWhatToDo() {
    #expect(
      line(
        .branchVanished(
          "origin/production", reason: "the remote origin has no branch \"production\": push it"))
        == "warning branch-vanished: the remote origin has no branch \"production\": push it")
    #expect(
      line(.branchReturned("origin/production"))
        == "info branch-returned: origin/production is back at the remote")
    #expect(
      line(.fetchResumed(after: .seconds(754))) == "info fetch-resumed: the remote answers again, after 12m")
    #expect(
      line(.fetchFailed(["origin/main", "origin/production"], reason: "refused", age: nil))
        == "warning fetch-failed: can't fetch origin/main, origin/production, not fetched since the start: refused"
    )
  }

  @Test(arguments: [
    (0, "0s"), (59, "59s"), (60, "1m"), (119, "119s"), (121, "2m"), (7199, "119m"), (7201, "2h"),
    (7299, "2h"), (172_799, "47h"), (172_801, "2d"),
  ])
  func agesAreRoundedDown(_ seconds: Int, _ text: String) {
    #expect(
      line(.fetchFailed(["origin/main"], reason: "refused", age: .milliseconds(seconds * 1000 + 999)))
        == "warning fetch-failed: can't fetch origin/main, last fetched \(text) ago: refused")
  }
}
