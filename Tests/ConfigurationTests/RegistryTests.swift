import Configuration
import Model
import TestSupport
import Testing
import YAML

/// Reads a configuration with these lines beside those that have to be there.
private func read(_ lines: String...) -> SettingsReading {
  let text = (["version: 1", "checkout: /srv", "channels: {a: {branch: b, tag: t}}"] + lines).joined(
    separator: "\n")
  return Settings.read(Array(text.utf8), path: "tagkeeper.yaml")
}

@Suite struct RegistryURLTests {
  @Test(arguments: [
    ("https://registry.example.com", "https://registry.example.com"),
    ("HTTPS://R.Example:443/", "https://r.example:443"),
    ("http://127.0.0.1:5000", "http://127.0.0.1:5000"), ("http://127.9.9.9", "http://127.9.9.9"),
    ("http://localhost", "http://localhost"), ("\"http://[::1]:5000\"", "http://[::1]:5000"),
    ("\"https://[2001:db8::1]\"", "https://[2001:db8::1]"),
    ("https://my_registry:5000", "https://my_registry:5000"),
  ])
  func isAccepted(_ text: String, _ url: String) {
    #expect(read("registry: \(text)").settings?.registry.description == url)
  }

  @Test(arguments: [
    "http://registry.example.com", "http://128.0.0.1", "http://127.0.0.1.example.com", "http://127.0.0.256",
    "http://10.0.0.1",
  ])
  func plainHTTPIsForLoopbackAlone(_ text: String) {
    #expect(
      read("registry: \(text)").diagnostics.map(\.message) == ["\(text) would be reached without encryption"])
    #expect(read("registry: \(text)", "plainHTTP: true").settings?.registry.description == text)
  }

  @Test(arguments: [
    ("registry.example.com", "the registry is not an http or https URL"),
    ("ftp://r.example", "the registry is not an http or https URL"),
    ("https://r.example/team", "the registry's URL has a path or a query"),
    ("https://r.example?x=1", "the registry's URL has a path or a query"),
    ("https://", "the registry's URL has no valid host"),
    ("https://-a", "the registry's URL has no valid host"),
    ("https://a..b", "the registry's URL has no valid host"),
    ("https://é", "the registry's URL has no valid host"),
    ("\"https://[::1\"", "the registry's URL has no valid host"),
    ("https://a:0", "the registry's port is not one"), ("https://a:65536", "the registry's port is not one"),
    ("https://a:+1", "the registry's port is not one"), ("\"https://a:\"", "the registry's port is not one"),
  ])
  func isRefused(_ text: String, _ message: String) {
    #expect(read("registry: \(text)").diagnostics.map(\.message) == [message])
  }
}

@Suite struct CredentialsTests {
  private func credentials(_ lines: String) -> SettingsReading {
    read("registry: https://r.example", lines)
  }

  private func report(_ lines: String) -> String {
    credentials(lines).diagnostics.map(\.description).joined(separator: "\n")
  }

  @Test(arguments: [
    (
      "usernameEnv: USER_1\npasswordEnv: _PASS",
      Settings.Credentials.password(.variable("USER_1"), .variable("_PASS"))
    ),
    ("username: robot$x\npasswordEnv: PASS", .password(.text("robot$x"), .variable("PASS"))),
    ("username: a\npasswordFile: secrets/p", .password(.text("a"), .file("secrets/p"))),
    ("usernameEnv: A\npasswordFile: /p", .password(.variable("A"), .file("/p"))),
    ("tokenFile: ./t", .tokenFile("t")),
  ])
  func theirPlaceIsNamed(_ lines: String, _ expected: Settings.Credentials) {
    #expect(credentials(lines).settings?.registryHost.credentials == expected)
  }

  @Test func aPasswordInTheFileIsRefusedAndNotShown() {
    #expect(
      report("username: a\npasswordEnv: P\npassword: \(testSecret())") == """
        tagkeeper.yaml:7:1: error: "password" is not a key of the configuration
          fix: write passwordFile: and a path, or passwordEnv: and the name of an environment variable that has it
        """)
    #expect(
      report("username: a\npasswordEnv: \(testSecret())!") == """
        tagkeeper.yaml:6:14: error: "passwordEnv" takes the name of an environment variable
          fix: write its name alone, such as REGISTRY_PASSWORD; never the secret itself
        """)
    for line in ["token: %", "secret: %", "auth: %", "pass: %", "username: bot:%", "usernameEnv: %!"] {
      #expect(!report(line.replacing("%", with: testSecret("x"))).contains(Secrets.marker), "\(line)")
    }
    #expect(!report("hosts: {\"bot:\(testSecret("x"))@r.example\": {}}").contains(Secrets.marker))
    #expect(!report("password: \"\(testSecret())").contains(Secrets.marker))
    #expect(!report("password: @\(testSecret())").contains(Secrets.marker))
  }

  @Test func credentialsInTheURLAreRefusedAndNotShown() {
    #expect(
      read("registry: https://me:\(testSecret())@r.example").diagnostics.map(\.description) == [
        """
        tagkeeper.yaml:4:11: error: the registry's URL has credentials in it
          fix: remove them, and write username: and passwordEnv:
        """
      ])
  }

  @Test(arguments: [
    ("username: a", ["a username stands without a password"]),
    ("usernameEnv: A", ["a username stands without a password"]),
    ("passwordEnv: P", ["\"passwordEnv\" stands without a username"]),
    ("username: a\nusernameEnv: A\npasswordEnv: P", ["\"usernameEnv\" stands beside \"username\""]),
    ("passwordFile: p", ["\"passwordFile\" stands without a username"]),
    ("username: a\npasswordEnv: P\npasswordFile: p", ["\"passwordFile\" stands beside \"passwordEnv\""]),
    ("tokenFile: t\nusername: a", ["\"tokenFile\" stands beside a user name or a password"]),
    ("passwordEnv: P\ntokenFile: t", ["\"tokenFile\" stands beside a user name or a password"]),
    ("tokenFile: ''", ["\"tokenFile\" is empty"]), ("username: a\npasswordFile: ~/p", ["~ is not expanded"]),
    ("token: SECRET", ["\"token\" is not a key of the configuration"]),
    (
      "username: 'a:b'\npasswordEnv: P",
      ["\"username\" is empty, or has a colon or a control character in it"]
    ),
    ("usernameEnv: 1A\npasswordEnv: P", ["\"usernameEnv\" takes the name of an environment variable"]),
  ])
  func incompleteOnesAreErrors(_ lines: String, _ messages: [String]) {
    let reading = credentials(lines)
    #expect(reading.diagnostics.map(\.message) == messages)
    #expect(reading.settings == nil)
  }
}
