import Configuration
import TestSupport
import Testing
import YAML

@Suite struct FetchTests {
  /// A configuration with one channel on `branch`.
  private func read(_ fetch: String, branch: String = "origin/production") -> SettingsReading {
    Settings.readMinimal(with: fetch, branch: branch, path: "t.yaml")
  }

  private func errors(_ fetch: String, branch: String = "origin/production") -> String {
    read(fetch, branch: branch).diagnostics.map(\.description).joined(separator: "\n")
  }

  @Test func nothingIsFetchedUnlessItIsWritten() {
    #expect(read("poll: 1s").settings?.fetch == nil)
    #expect(read("fetch: false").settings?.fetch == nil)
    #expect(read("fetch: false", branch: "production").diagnostics.isEmpty)
  }

  @Test func defaultsAreTheDocumentedOnes() {
    let defaults = Settings.Fetch(remote: "origin", interval: .seconds(60), timeout: .seconds(120))
    #expect(read("fetch: true").settings?.fetch == defaults)
    #expect(read("fetch: {}").settings?.fetch == defaults)
  }

  @Test func everyKeyIsRead() {
    let reading = read("fetch: {remote: hub, interval: 10s, timeout: 30s}", branch: "hub/production")
    #expect(
      reading.settings?.fetch == .init(remote: "hub", interval: .seconds(10), timeout: .seconds(30)))
  }

  @Test func aChannelHasToFollowTheRemote() {
    #expect(
      errors("fetch: true", branch: "production") == """
        t.yaml:5:8: error: "fetch" brings the branches of origin alone, and no channel follows one
          | fetch: true
          |        ^
          fix: write branch: origin/NAME in a channel, such as branch: origin/production, or remove fetch
        """)
    #expect(errors("fetch: {remote: hub}").contains("such as branch: hub/origin/production"))
    // origin-two is another remote.
    #expect(!errors("fetch: true", branch: "origin-two/main").isEmpty)
  }

  @Test func whatStandsForAnotherBranchIsNotFetched() {
    #expect(
      errors("fetch: true", branch: "origin/HEAD") == """
        t.yaml:5:8: error: "fetch" can't bring origin/HEAD, which no remote has as a branch
          | fetch: true
          |        ^
          fix: write branch: origin/NAME with the name of the branch that it stands for
        """)
  }

  @Test func channelsOnLocalBranchesMayStandBeside() {
    let text = """
      version: 1
      checkout: /srv
      registry: https://r.example
      channels: {a: {branch: main, tag: a}, b: {branch: origin/main, tag: b}}
      fetch: true
      """
    #expect(Settings.read(Array(text.utf8), path: "t.yaml").settings?.fetch != nil)
  }

  @Test(arguments: [
    (
      "fetch: yes",
      """
      t.yaml:5:8: error: "fetch" takes true, false or a mapping
        | fetch: yes
        |        ^
        fix: write fetch: true, or fetch: {remote: origin, interval: 1m}
      """
    ),
    (
      "fetch: {interval: 5s}",
      """
      t.yaml:5:19: error: "interval" is 5s
        | fetch: {interval: 5s}
        |                   ^
        fix: write a duration from 10s to 1d
      """
    ),
    (
      "fetch: {timeout: 0s}",
      """
      t.yaml:5:18: error: "timeout" is 0s
        | fetch: {timeout: 0s}
        |                  ^
        fix: write a duration from 1s to 1d
      """
    ),
    (
      "fetch: {remot: origin}",
      """
      t.yaml:5:9: error: "remot" is not a key of "fetch"
        | fetch: {remot: origin}
        |         ^
        fix: did you mean "remote"?
      """
    ),
    (
      "fetch: {remote: -v}",
      """
      t.yaml:5:17: error: "remote" is not the name of a remote
        | fetch: {remote: -v}
        |                 ^
        fix: write a name that git remote lists in the checkout, such as origin; its address is git's to know
      """
    ),
  ])
  func errorsAreWholeTexts(_ fetch: String, _ expected: String) {
    #expect(errors(fetch) == expected)
  }

  @Test func anAddressWithAPasswordIsNeverShown() {
    let address = "https://bot:\(testSecret())@git.example/prereqs.git"
    for fetch in ["fetch: \(address)", "fetch: {remote: \"\(address)\"}", "fetch: [\"\(address)\"]"] {
      #expect(
        errors(fetch).contains("error: ") && !errors(fetch).contains(testSecret()), "\(fetch.prefix(9))")
    }
  }
}
