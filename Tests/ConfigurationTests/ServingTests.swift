import Configuration
import TestSupport
import Testing
import YAML

@Suite struct ServingTests {
  private func read(_ lines: String) -> SettingsReading {
    Settings.readMinimal(with: lines, path: "/etc/tagkeeper/t.yaml")
  }

  private func errors(_ lines: String) -> String {
    read(lines).diagnostics.map(\.description).joined(separator: "\n")
  }

  @Test func loopbackIsListenedOnUnlessItIsSaid() {
    #expect(read("poll: 15s").settings?.listen == .init(host: "127.0.0.1", port: 8321))
    #expect(read("listen: none").settings.map { $0.listen == nil } == true)
    #expect(read("listen: 0.0.0.0:80").settings?.listen == .init(host: "0.0.0.0", port: 80))
    #expect(read("listen: \"[::1]:0\"").settings?.listen == .init(host: "::1", port: 0))
  }

  @Test(arguments: [
    ("127.0.0.1", true), ("127.1.2.3", true), ("::1", true), ("0.0.0.0", false), ("::", false),
    ("10.0.0.1", false),
  ])
  func loopbackIsKnown(_ host: String, _ isLoopback: Bool) {
    #expect(Settings.Listen(host: host, port: 1).isLoopback == isLoopback)
  }

  @Test func anAddressReadsAsInAURL() {
    #expect("\(Settings.Listen(host: "::1", port: 8321))" == "[::1]:8321")
    #expect("\(Settings.Listen.loopback)" == "127.0.0.1:8321")
  }

  @Test(arguments: [
    "localhost:8321", "8321", ":8321", "'*:8321'", "127.0.0.1", "'127.0.0.1:'", "127.0.0.1:65536",
    "127.0.0.1:-1", "127.0.0.1:+80", "127.0.0.1:8o", "127.0.0:80", "256.0.0.1:80", "::1:8321", "'[::1]'",
    "'[127.0.0.1]:80'", "http://127.0.0.1:80", "true", "''",
  ])
  func whatIsNoAddressIsRefused(_ text: String) {
    let shown = text.replacing("'", with: "")
    #expect(
      errors("listen: \(text)") == """
        /etc/tagkeeper/t.yaml:5:9: error: "\(shown)" is not an address to listen on
          | listen: \(text)
          |         ^
          fix: write an address in digits and a port, such as 127.0.0.1:8321 or "[::1]:8321", or none
        """)
  }

  @Test func bracketsNeedQuotes() {
    #expect(errors("listen: [::1]").contains("t.yaml:5:9: error: \"listen\" takes an address"))
    #expect(read("listen: [::1]:8321").settings == nil)
  }

  @Test func aHookNamesWhereItsSecretIs() {
    #expect(read("poll: 15s").settings?.hooks == .init())
    #expect(
      read("hooks: {git: {secretFile: hook}, registry: {secretEnv: HOOK}}").settings?.hooks
        == .init(git: .file("/etc/tagkeeper/hook"), registry: .variable("HOOK")))
    #expect(read("hooks: {git: {secretFile: /run/hook}}").settings?.hooks == .init(git: .file("/run/hook")))
  }

  @Test(arguments: [
    (
      "hooks: {git: {}}",
      """
      /etc/tagkeeper/t.yaml:5:14: error: "git" has no secret
        | hooks: {git: {}}
        |              ^
        fix: write secretFile: and a path, or secretEnv: and the name of an environment variable that has it
      """
    ),
    (
      "hooks: {git: {secretFile: a, secretEnv: B}}",
      """
      /etc/tagkeeper/t.yaml:5:27: error: "secretFile" stands beside "secretEnv"
        fix: keep one of the two
      /etc/tagkeeper/t.yaml:5:41: note: the other is here
      """
    ),
    (
      "hooks: {gitlab: {secretFile: a}}",
      """
      /etc/tagkeeper/t.yaml:5:9: error: "gitlab" is not a key of "hooks"
        fix: known keys are git, registry
      """
    ),
    (
      "listen: none\nhooks: {git: {secretFile: a}}",
      """
      /etc/tagkeeper/t.yaml:6:8: error: "hooks" stands beside listen: none
        fix: write where to listen, or remove one of the two
      """
    ),
    (
      "hooks: true",
      """
      /etc/tagkeeper/t.yaml:5:8: error: "hooks" has to be a mapping, not "true"
        | hooks: true
        |        ^
        fix: write key: value lines below it
      """
    ),
  ])
  func errorsAreWholeTexts(_ lines: String, _ expected: String) {
    #expect(errors(lines) == expected)
  }

  /// The line is not shown: it has the secret.
  @Test func aSecretItselfIsRefusedUnseen() {
    let said = errors("hooks: {git: {secret: \(testSecret("hook"))}}")
    #expect(said.contains("\"secret\" is not a key of \"git\"\n  fix: write secretFile: and a path"))
    #expect(!said.contains("hook\""))
    #expect(!said.contains(testSecret("hook")))
  }
}
