import Configuration
import Testing
import YAML

@Suite struct VerifyTests {
  private func read(_ verify: String) -> SettingsReading {
    Settings.readMinimal(with: verify, path: "/etc/tagkeeper/tagkeeper.yaml")
  }

  @Test func theFileStartsAtTheConfigurationsFolder() {
    #expect(read("poll: 15s").settings?.verify == .none)
    #expect(
      read("verify: {keys: signers}").settings?.verify
        == .init(keys: "/etc/tagkeeper/signers", mode: .head))
    #expect(read("verify: {keys: /a/b, mode: all}").settings?.verify == .init(keys: "/a/b", mode: .all))
    #expect(read("verify: {keys: /a/b, mode: head}").settings?.verify == .init(keys: "/a/b"))
  }

  @Test(arguments: [
    (
      "verify: {mode: all}",
      """
      /etc/tagkeeper/tagkeeper.yaml:5:9: error: "verify" has no "keys"
        | verify: {mode: all}
        |         ^
        fix: write keys: and the path of a file that lists SSH or OpenPGP keys
      """
    ),
    (
      "verify: {keys: a, mode: tip}",
      """
      /etc/tagkeeper/tagkeeper.yaml:5:25: error: "mode" is "tip"
        | verify: {keys: a, mode: tip}
        |                         ^
        fix: write head, for the commit that is applied, or all, for those before it as well
      """
    ),
    (
      "verify: {key: a, keys: a}",
      """
      /etc/tagkeeper/tagkeeper.yaml:5:10: error: "key" is not a key of "verify"
        | verify: {key: a, keys: a}
        |          ^
        fix: did you mean "keys"?
      """
    ),
    (
      "verify: {keys: ~/signers}",
      """
      /etc/tagkeeper/tagkeeper.yaml:5:16: error: ~ is not expanded
        | verify: {keys: ~/signers}
        |                ^
        fix: write the whole path
      """
    ),
    (
      "verify: signers",
      """
      /etc/tagkeeper/tagkeeper.yaml:5:9: error: "verify" has to be a mapping, not "signers"
        | verify: signers
        |         ^
        fix: write key: value lines below it
      """
    ),
  ])
  func whatIsWrongIsNamed(_ verify: String, _ message: String) {
    let reading = read(verify)
    #expect(reading.settings == nil)
    #expect(reading.diagnostics.map(\.description).joined(separator: "\n") == message)
  }
}
