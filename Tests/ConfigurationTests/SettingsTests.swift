import Configuration
import FoundationEssentials
import Model
import Testing
import YAML

/// A configuration that is right, with `lines` in place of the lines of the same keys.
private func configuration(_ lines: String...) -> String {
  var base = [
    "version: 1", "checkout: /srv/prereqs", "registry: https://registry.example.com",
    #"channels: {latest: {branch: production, tag: "{image}-latest"}}"#,
  ]
  for line in lines {
    let key = line.prefix { $0 != ":" } + ":"
    base.removeAll { $0.hasPrefix(key) }
    base.append(line)
  }
  return base.joined(separator: "\n") + "\n"
}

private func read(_ text: String, path: String = "tagkeeper.yaml") -> SettingsReading {
  Settings.read(Array(text.utf8), path: path)
}

private func report(_ text: String) -> String {
  let reading = read(text)
  #expect((reading.settings == nil) == !reading.diagnostics.isEmpty)
  return reading.diagnostics.map(\.description).joined(separator: "\n")
}

/// Messages and remedies.
private func messages(_ lines: String...) -> [String] {
  let text = lines.reduce(configuration()) { text, line in
    let key = line.prefix { $0 != ":" } + ":"
    return text.split(separator: "\n").filter { !$0.hasPrefix(key) }.joined(separator: "\n") + "\n" + line
  }
  return read(text).diagnostics.map { "\($0.message); \($0.remedy ?? "-")" }
}

@Suite struct SettingsTests {
  @Test func theExampleIsRead() throws {
    let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: root + "/desired-state/tagkeeper.yaml")))
    let reading = Settings.read(bytes, path: "/etc/tagkeeper/tagkeeper.yaml")
    #expect(reading.diagnostics.map(\.description) == [])
    let settings = try #require(reading.settings)
    #expect(settings.checkout == "/srv/prereqs")
    #expect(settings.state == "desired-state/images.yaml")
    #expect(settings.statePaths == ["images.yaml"])
    #expect(settings.registry.description == "https://registry.example.com")
    #expect(
      settings.registryHost
        == .init(
          credentials: .password(.text("tagkeeper"), .file("/run/secrets/registry-password")),
          requestsPerSecond: 50))
    #expect(
      settings.hosts == [
        "ghcr.io": .init(credentials: .password(.text("robot"), .variable("GHCR_TOKEN"))),
        "10.0.0.1:5000": .init(
          caFile: "/etc/tagkeeper/ca.pem", clientCertificate: "/etc/tagkeeper/client.pem",
          clientKey: "/etc/tagkeeper/client.key", concurrency: 4),
      ])
    #expect(
      settings.channels == [
        .init(name: "staging", branch: "main", tag: try TagTemplate("{image}-staging")),
        .init(
          name: "latest", branch: "production", tag: try TagTemplate("{image}-latest"), createFrom: "staging",
          keep: try KeepTemplate("{image}-{date}-{commit}")),
      ])
    #expect((settings.poll, settings.sweep) == (.seconds(15), .seconds(300)))
    #expect(settings.registryHost.concurrency == 16)
  }

  @Test func defaultsAreTheDocumentedOnes() throws {
    let settings = try #require(read(configuration()).settings)
    #expect(settings.state == "desired-state/images.yaml")
    #expect(settings.statePaths == [])
    #expect(settings.registryHost == .init() && settings.hosts == [:])
    #expect((settings.poll, settings.sweep) == (.seconds(15), .seconds(300)))
    #expect(settings.registryHost.concurrency == 16)
  }

  @Test func aRelativeCheckoutStartsAtTheFilesFolder() {
    let text = configuration("checkout: ../prereqs")
    #expect(
      read(text, path: "/etc/tagkeeper/tagkeeper.yaml").settings?.checkout == "/etc/tagkeeper/../prereqs")
    #expect(read(text, path: "tagkeeper.yaml").settings?.checkout == "../prereqs")
    #expect(read(text, path: "./tagkeeper.yaml").settings?.checkout == "../prereqs")
    #expect(read(configuration("checkout: ."), path: "./tagkeeper.yaml").settings?.checkout == ".")
    #expect(read(configuration("checkout: ./a/."), path: "b/t.yaml").settings?.checkout == "b/a")
    #expect(read(configuration("checkout: /a"), path: "/b/c.yaml").settings?.checkout == "/a")
  }

  @Test func allErrorsAtOnce() {
    #expect(
      report(
        """
        version: 1
        registry: http://registry.example.com
        poll: 5
        sweep: 8d
        concurency: 4
        channels:
          Latest: {branch: refs/heads/production, tag: "{image}"}
          staging: {tag: "{image}"}
        """) == """
          tagkeeper.yaml:1:1: error: the configuration has no "checkout"
            | version: 1
            | ^
            fix: write checkout: and the path of a git checkout
          tagkeeper.yaml:2:11: error: http://registry.example.com would be reached without encryption
            | registry: http://registry.example.com
            |           ^
            fix: write https://, or plainHTTP: true where that is meant
          tagkeeper.yaml:3:7: error: "poll" takes a duration, not "5"
            | poll: 5
            |       ^
            fix: write a number and ms, s, m, h or d, such as 15s
          tagkeeper.yaml:4:8: error: "sweep" is 8d
            | sweep: 8d
            |        ^
            fix: write a duration from 1s to 7d
          tagkeeper.yaml:5:1: error: "concurency" is not a key of the configuration
            | concurency: 4
            | ^
            fix: did you mean "concurrency"?
          tagkeeper.yaml:7:3: error: "Latest" is not a channel name
            |   Latest: {branch: refs/heads/production, tag: "{image}"}
            |   ^
            fix: use lower-case letters, digits, . _ and -, not starting with . _ or -, at most 64 characters
          tagkeeper.yaml:7:20: error: "refs/heads/production" is a ref, not a branch name
            |   Latest: {branch: refs/heads/production, tag: "{image}"}
            |                    ^
            fix: write the name alone, such as production
          tagkeeper.yaml:8:3: error: the channel has no "branch"
            |   staging: {tag: "{image}"}
            |   ^
            fix: write branch: and the name of a branch
          tagkeeper.yaml:8:18: error: two channels make the same tags, "{image}"
            |   staging: {tag: "{image}"}
            |                  ^
            fix: keep one of the two
          tagkeeper.yaml:7:48: note: first here
            |   Latest: {branch: refs/heads/production, tag: "{image}"}
            |                                                ^
          """)
  }

  @Test func bracesWithoutQuotesAreExplained() {
    #expect(
      report("channels:\n  latest:\n    tag: {image}-latest\n").hasPrefix(
        """
        tagkeeper.yaml:1:1: error: the configuration has no "version"
        """) == false)
    #expect(
      report("channels:\n  latest:\n    tag: {image}-latest\n").contains(
        """
        tagkeeper.yaml:3:17: error: did not find expected key
          |     tag: {image}-latest
          |                 ^
          fix: put text that begins with { in quotes
        """))
    #expect(
      messages("channels: {a: {branch: b, tag: {image}}}")
        == [#""tag" takes text, not a mapping; put it in quotes: "{image}-latest""#])
  }

  @Test func anotherVersionIsNotJudged() {
    #expect(
      messages("version: 2", "new: key") == [
        "version 2 is not supported; this tagkeeper reads version 1: upgrade it"
      ])
    #expect(read("").diagnostics.map(\.message) == ["the file is empty"])
    #expect(read("[]").diagnostics.map(\.message) == ["the configuration has to be a mapping, not a list"])
  }

  @Test(arguments: [
    ("checkout: ''", "\"checkout\" is empty; write the path of a git checkout"),
    ("checkout: ~/prereqs", "~ is not expanded; write the whole path"),
    ("checkout:", "\"checkout\" has no value; write one, or remove the line"),
    ("poll: 999ms", "\"poll\" is 999ms; write a duration from 1s to 1d"),
    ("poll: 25h", "\"poll\" is 25h; write a duration from 1s to 1d"),
    ("concurrency: 0", "\"concurrency\" is 0; write a number from 1 to 256"),
    ("concurrency: 257", "\"concurrency\" is 257; write a number from 1 to 256"),
    (
      "concurrency: many",
      "\"concurrency\" takes a whole number, not \"many\"; write digits, without quotes"
    ),
    (
      "concurrency: 99999999999999999999",
      "\"concurrency\" is too large a number: 99999999999999999999; write a smaller one"
    ),
    ("concurrency: [1]", "\"concurrency\" takes a whole number, not a list; write one value behind the key"),
    ("plainHTTP: yes", "\"plainHTTP\" takes true or false, not \"yes\"; write true or false, without quotes"),
    (
      "channels: {}",
      "\"channels\" has no channel; write channels: and below it latest: {branch: production, tag: \"{image}-latest\"}"
    ),
    ("channels:", "\"channels\" has no value; write key: value lines below it"),
    (
      "channels: []",
      "\"channels\" has to be a mapping, not a list; write key: value lines, without the [ ]"
    ),
    (
      "channels: \n- a",
      "\"channels\" has to be a mapping, not a list; write key: value lines, without the -"
    ),
    (
      "channels: {a: {branch: b, tag: \"{x}\"}}",
      "\"{x}\" is not a tag template; write a tag with one {image}, such as {image}-latest"
    ),
    (
      "channels: {a: {branch: b, tag: t, soak: k}}",
      "\"soak\" is not a key of the channel; known keys are branch, tag, createFrom, keep, sources, drift"
    ),
    ("channels: {a: b}", "the channel has to be a mapping, not \"b\"; write key: value lines below it"),
    ("statePaths: a", "\"statePaths\" takes a list; write statePaths: [old/path.yaml]"),
  ])
  func errors(_ line: String, _ message: String) {
    #expect(messages(line) == [message])
  }

  @Test(arguments: ["/a", "a/", "a//b", "../a", "a/./b", ".git/config", "a\\tb", ""])
  func statePathsStayInTheTree(_ path: String) {
    let remedy = "write it from the top of the tree, such as desired-state/images.yaml"
    for line in ["state: \"\(path)\"", "statePaths: [\"\(path)\"]"] {
      #expect(messages(line).first?.hasSuffix("is not a path in the branch's tree; \(remedy)") == true)
    }
    #expect(read(configuration("state: desired-state")).settings?.state == "desired-state")
  }

  @Test(arguments: ["main", "release/9.0", "9.0", "feature/é", "a@b", "dependabot/npm-1.2"])
  func branchesAreAccepted(_ branch: String) {
    let text = configuration("channels: {a: {branch: \"\(branch)\", tag: t}}")
    #expect(read(text).settings?.channels.map(\.branch) == [branch])
  }

  @Test(arguments: [
    "", "@", "HEAD", "-x", "a..b", "a.", ".a", "a/.b", "a.lock", "a.lock/b", "a b", "a~1", "a^", "a:b", "a?",
    "a*", "a[",
    "a\\\\b", "a@{1}", "/a", "a/", "a//b", "a\\tb", "a\\x7Fb",
  ])
  func branchesAreRefused(_ branch: String) {
    let result = messages("channels: {a: {branch: \"\(branch)\", tag: t}}")
    #expect(
      result.map { $0.hasSuffix("is not a branch name; see git check-ref-format for what is one") } == [true])
  }

  @Test(arguments: ["a", "0", "a.b_c-d", String(repeating: "a", count: 64)])
  func channelNamesAreAccepted(_ name: String) {
    #expect(
      read(configuration("channels: {\(name): {branch: b, tag: t}}")).settings?.channels.map(\.name) == [name]
    )
  }

  @Test(arguments: ["A", "-a", ".a", "_a", "a/b", "é", String(repeating: "a", count: 65)])
  func channelNamesAreRefused(_ name: String) {
    #expect(
      messages("channels: {\"\(name)\": {branch: b, tag: t}}").map { $0.contains("is not a channel name") }
        == [true])
  }

  @Test(arguments: [
    ("1ms", Duration.milliseconds(1)), ("15s", .seconds(15)), ("5m", .seconds(300)), ("2h", .seconds(7200)),
    ("7d", .seconds(604_800)),
  ])
  func durations(_ text: String, _ duration: Duration) {
    let isInRange = duration >= .seconds(1)
    #expect(read(configuration("sweep: \(text)")).settings?.sweep == (isInRange ? duration : nil))
  }

  @Test(arguments: ["", "s", "1", "1 s", "1.5s", "-1s", "1w", "1S", "1m30s", "9999999999s", "0x1s"])
  func textsThatAreNoDuration(_ text: String) {
    #expect(messages("poll: \"\(text)\"").map { $0.hasPrefix("\"poll\" takes a duration, not") } == [true])
  }
}

@Suite struct ChannelAdditionTests {
  @Test func createFromAndKeepAreRead() throws {
    let text = configuration(
      #"channels: {latest: {branch: p, tag: "{image}", createFrom: staging, keep: "{image}-{commit}"}, staging: {branch: m, tag: "{image}-s"}}"#
    )
    let channels = try #require(read(text).settings).channels
    #expect(channels.map(\.createFrom) == ["staging", nil])
    #expect(channels.map { $0.keep?.description } == ["{image}-{commit}", nil])
  }

  @Test func aChannelDoesNotCreateFromItself() {
    #expect(
      report(configuration(#"channels: {a: {branch: p, tag: "{image}", createFrom: a}}"#)) == """
        tagkeeper.yaml:4:55: error: channel "a" would create from itself
          | channels: {a: {branch: p, tag: "{image}", createFrom: a}}
          |                                                       ^
          fix: name the channel whose new images it is to get
        """)
  }

  @Test func anUnknownSourceIsNamedWithThoseThatAreKnown() {
    #expect(
      messages(
        #"channels: {a: {branch: p, tag: "{image}", createFrom: stagin}, staging: {branch: m, tag: "{image}-s"}, c: {branch: m, tag: c}}"#
      ) == [#"there is no channel "stagin"; known channels are staging, c"#])
  }

  @Test func aCircleIsToldOnce() {
    func channel(_ name: String, from source: String) -> String {
      #"\#(name): {branch: \#(name), tag: "{image}-\#(name)", createFrom: \#(source)}"#
    }
    let circle = [("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")].map(channel).joined(separator: ", ")
    #expect(
      messages("channels: {\(circle)}") == [
        "channels create from one another in a circle: a, b, c, a; remove createFrom from one of them"
      ])
    let line = [("a", "b"), ("b", "c")].map(channel).joined(separator: ", ")
    #expect(messages("channels: {\(line), c: {branch: c, tag: c}}") == [])
  }

  @Test func aTagOfSeveralImagesIsNotCreated() {
    #expect(
      messages(#"channels: {a: {branch: p, tag: live, createFrom: b}, b: {branch: m, tag: "{image}"}}"#) == [
        #""createFrom" stands beside the tag "live", which names no image; put {image} into the tag, or remove createFrom"#
      ])
  }

  @Test(arguments: [
    "{image}", "{image}-latest", "{date}-{commit}", "{image}-{date}", "{image}-{date}-{image}",
    "{image}-{day}",
  ])
  func templatesThatNameNoGeneration(_ text: String) {
    #expect(
      messages(#"channels: {a: {branch: p, tag: "{image}", keep: "\#(text)"}}"#) == [
        "\"\(text)\" is not a template of keep tags; write a tag with one {image} and one {commit}, "
          + "such as {image}-{date}-{commit}"
      ])
    #expect(
      messages(#"channels: {a: {branch: p, tag: "{image}", keep: {image}}}"#) == [
        #""keep" takes text, not a mapping; put it in quotes: "{image}-{date}-{commit}""#
      ])
  }
}

@Suite struct SettingsTemplateTests {
  @Test func theTemplateIsReadWithoutDiagnostics() throws {
    let text = Settings.template(
      checkout: "/srv/my repos/é: #1", registry: "https://registry.example.com:5000",
      channels: [("staging", "main", nil), ("v9", "9.0", "{image}")])
    let reading = read(text)
    #expect(reading.diagnostics.map(\.description) == [])
    let settings = try #require(reading.settings)
    #expect(settings.checkout == "/srv/my repos/é: #1")
    #expect(settings.registry.description == "https://registry.example.com:5000")
    #expect(
      settings.channels.map { "\($0.name) \($0.branch) \($0.tag)" } == [
        "staging main {image}-staging", "v9 9.0 {image}",
      ])
    // Its commented lines say the defaults.
    let uncommented = text.replacing("# poll", with: "poll").replacing("# sweep", with: "sweep")
      .replacing("# concurrency", with: "concurrency")
    #expect(read(uncommented).settings == settings)
    let additions = text.replacing("# createFrom: NAME", with: "createFrom: staging")
      .replacing("# keep:", with: "keep:")
    let last = try #require(read(additions).settings?.channels.last)
    #expect(last.createFrom == "staging")
    #expect(last.keep == (try KeepTemplate("{image}-{date}-{commit}")))
    let verifying = read(text.replacing("# verify:", with: "verify:")).settings?.verify
    #expect(verifying == .init(keys: "allowed-signers", mode: .head))
  }
}

@Suite struct LocationTests {
  private func path(_ flag: String?, _ environment: String?, _ existing: String...) throws -> String {
    try Settings.path(flag: flag, environment: environment) { existing.contains($0) }
  }

  @Test func theOrderIsTheDocumentedOne() throws {
    #expect(try path("a", "b", "./tagkeeper.yaml") == "a")
    #expect(try path(nil, "b", "./tagkeeper.yaml") == "b")
    #expect(try path(nil, "", "./tagkeeper.yaml", "/etc/tagkeeper/tagkeeper.yaml") == "./tagkeeper.yaml")
    #expect(try path(nil, nil, "/etc/tagkeeper/tagkeeper.yaml") == "/etc/tagkeeper/tagkeeper.yaml")
  }

  @Test func nowhereIsAnErrorThatSaysWhereItLooked() {
    let error = #expect(throws: ConfigurationNotFound.self) { try path(nil, nil) }
    #expect(
      error?.description
        == "there is no configuration: tried ./tagkeeper.yaml and /etc/tagkeeper/tagkeeper.yaml; name one with --config or $TAGKEEPER_CONFIG, or write one with tagkeeper init"
    )
  }

  @Test func driftIsHealedOrReported() {
    func drift(_ text: String) -> SettingsReading {
      read(configuration(#"channels: {latest: {branch: production, tag: "{image}-latest"\#(text)}}"#))
    }
    #expect(drift("").settings?.channels.first?.drift == .heal)
    #expect(drift(", drift: report").settings?.channels.first?.drift == .report)
    #expect(
      drift(", drift: ignore").diagnostics.map { "\($0.message); \($0.remedy ?? "-")" } == [
        "\"ignore\" is not what can be done about drift; write heal, to move such a tag back, or report, to leave it "
          + "and tell of it"
      ])
  }
}
