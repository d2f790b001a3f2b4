import Configuration
import Testing
import YAML

@Suite struct HostsTests {
  private func read(_ lines: String, registry: String = "https://r.example") -> SettingsReading {
    let text =
      "version: 1\ncheckout: /srv\nchannels: {a: {branch: b, tag: t}}\nregistry: \(registry)\n\(lines)\n"
    return Settings.read(Array(text.utf8), path: "conf/tagkeeper.yaml")
  }

  private func report(_ lines: String, registry: String = "https://r.example") -> String {
    read(lines, registry: registry).diagnostics.map(\.description).joined(separator: "\n")
  }

  private static let every = """
    username: a
    passwordFile: p
    caFile: ca.pem
    clientCertificate: /c.pem
    clientKey: k.pem
    concurrency: 3
    requestsPerSecond: 0.5
    """

  @Test func theSameKeysForTheRegistryAndForOthers() {
    let expected = Settings.Host(
      credentials: .password(.text("a"), .file("conf/p")), caFile: "conf/ca.pem", clientCertificate: "/c.pem",
      clientKey: "conf/k.pem", concurrency: 3, requestsPerSecond: 0.5)
    #expect(report(Self.every) == "")
    #expect(read(Self.every).settings?.registryHost == expected)
    let nested = Self.every.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
    let hosts =
      "hosts:\n  GHCR.io:\n\(nested)\n  other:443: {}\n  lan:5000: {plainHTTP: true, concurrency: 1}"
    #expect(report(hosts) == "")
    #expect(
      read(hosts).settings?.hosts == [
        "ghcr.io": expected, "other": Settings.Host(),
        "lan:5000": Settings.Host(plainHTTP: true, concurrency: 1),
      ])
    #expect(read(hosts).settings?.registryHost == Settings.Host())
  }

  @Test func wrongCombinationsAreShownWithTheirPlace() {
    #expect(
      report("clientKey: k.pem") == """
        conf/tagkeeper.yaml:5:12: error: "clientKey" stands without "clientCertificate"
          | clientKey: k.pem
          |            ^
          fix: write clientCertificate: and the path of its certificate
        """)
    #expect(
      report("caFile: ca.pem", registry: "http://127.0.0.1") == """
        conf/tagkeeper.yaml:5:9: error: "caFile" is for https, and this registry is on http
          | caFile: ca.pem
          |         ^
          fix: remove one of the two
        """)
    #expect(
      report("hosts:\n  lan: {plainHTTP: true, clientCertificate: c}") == """
        conf/tagkeeper.yaml:6:45: error: "clientCertificate" is for https, and this registry is on http
          |   lan: {plainHTTP: true, clientCertificate: c}
          |                                             ^
          fix: remove one of the two
        """)
    #expect(
      report("hosts: {r.example:443: {concurrency: 2}}") == """
        conf/tagkeeper.yaml:5:9: error: r.example is the "registry"
          | hosts: {r.example:443: {concurrency: 2}}
          |         ^
          fix: write its keys at the top level
        """)
    #expect(
      report("hosts: {a: {}, A: {}}") == """
        conf/tagkeeper.yaml:5:16: error: a is declared twice
          | hosts: {a: {}, A: {}}
          |                ^
          fix: keep one of the two
        conf/tagkeeper.yaml:5:9: note: first here
          | hosts: {a: {}, A: {}}
          |         ^
        """)
    #expect(
      report("username: a\npasswordEnv: P\npasswordFile: p") == """
        conf/tagkeeper.yaml:7:15: error: "passwordFile" stands beside "passwordEnv"
          fix: keep one of the two
        conf/tagkeeper.yaml:6:14: note: the other is here
        """)
  }

  @Test(arguments: ["https://a", "a/b", "a b", "a:0", "me@a", ""])
  func aNameIsAHost(name: String) {
    #expect(
      read("hosts: {\"\(name)\": {}}").diagnostics.map { "\($0.message): \($0.remedy ?? "")" } == [
        "the name of a host is not one: write it as images name it, such as ghcr.io or 10.0.0.1:5000"
      ])
  }

  @Test(arguments: [
    "0", "-1", "many", "1e3", "\"5\"", "0x10", "100001", ".5", "0.0009",
    "0.00000000000000000000000000000000000001",
  ])
  func aRateIsANumberAboveZero(text: String) {
    #expect(
      read("requestsPerSecond: \(text)").diagnostics.map(\.message) == [
        "\"requestsPerSecond\" takes a number from 0.001 to 100000, not \(text.hasPrefix("\"") ? text : "\"\(text)\"")"
      ])
  }

  @Test(arguments: [
    "hosts: [a]", "hosts: {a: 1}", "hosts: {a: {user: x}}", "hosts: {a: {password: SECRET}}",
  ])
  func otherShapesAreErrors(lines: String) {
    #expect(read(lines).settings == nil && !report(lines).contains("SECRET"))
  }
}
