import FoundationEssentials
import Importing
import Model
import TestSupport
import Testing
import YAML

@Suite struct ImageInfoTests {
  private func read(
    _ text: String, _ pattern: TagPattern = .wholeTag, only repositories: Set<RepositoryName> = []
  ) -> ImportReading {
    ImageInfo.read(Array(text.utf8), name: "info.json", pattern: pattern, only: repositories)
  }

  private func file(_ images: String, repository: String = "dotnet/app") -> String {
    """
    {
      "schemaVersion": "2.0",
      "repos": [{"repo": "\(repository)", "images": [
    \(images)
      ]}]
    }
    """
  }

  private func platform(_ digest: Digest, _ tags: String, created: String? = nil) -> String {
    let time = created.map { #", "created": "\#($0)""# } ?? ""
    return
      #"{"platforms": [{"simpleTags": [\#(tags)], "digest": "mcr.microsoft.com/dotnet/app@\#(digest)"\#(time)}]}"#
  }

  @Test(.enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)))
  func theRealRecordHas262Tags() throws {
    let bytes = Array(try Data(contentsOf: URL(filePath: SharedData.imageInfo)))
    let imported = ImageInfo.read(bytes, name: "image-info.json", pattern: .wholeTag).state()
    let state = try #require(imported.state)
    #expect(state.entries.count == 262 && imported.diagnostics.isEmpty)
    let arm = try key("dotnet-buildtools/prereqs/alpine-3.24-helix-arm32v7")
    let shared = try key("dotnet-buildtools/prereqs/azurelinux3.0-docker-testrunner")
    #expect(
      state[arm]?.digest.description
        == "sha256:a83eb3128ad65f60d0e9c665bf56116e13355cef7d2a4be55e81bbdbd8226a54")
    #expect(
      state[shared]?.digest.description
        == "sha256:96734954fbc53d08ec1424f4545e7f1b83e27f416898241efceeb13c4c56e0ed")
  }

  @Test func simpleAndSharedTags() throws {
    let reading = read(
      file(
        """
            {"manifest": {"digest": "mcr.microsoft.com/dotnet/app@\(one)", "sharedTags": ["8.0", "8"]}, "platforms": [
              {"simpleTags": ["8.0-amd64"], "digest": "\(two)"}, {"simpleTags": [], "digest": "\(three)"}]},
            {"manifest": null, "platforms": [{"digest": null}, {"simpleTags": ["8.0-arm64", "8.0-amd64"], "digest": "x@\(two)"}]}
        """))
    #expect(
      reading.state().text == """
        dotnet/app/8 sha256:110000000000
        dotnet/app/8.0 sha256:110000000000
        dotnet/app/8.0-amd64 sha256:220000000000
        dotnet/app/8.0-arm64 sha256:220000000000
        """)
    #expect(reading.untaggedImages == 2 && reading.unmatchedTags == 0)
  }

  @Test func thePatternChoosesTagsAndNamesImages() throws {
    let referrers = "sha256-" + String(repeating: "a", count: 64) + ".sig"
    let reading = read(
      file(platform(one, #""a-latest", "a-staging", "b", "\#(referrers)""#)), try TagPattern("*-latest"))
    #expect(reading.state().text == "dotnet/app/a sha256:110000000000")
    #expect(reading.unmatchedTags == 2 && reading.referrersTags == 1)
  }

  @Test func oneOfSeveralRepositories() throws {
    let text = """
      {"schemaVersion": "2.0", "repos": [
        {"repo": "a", "images": [{"platforms": [{"simpleTags": ["x"], "digest": "\(one)"}]}]},
        {"repo": "b", "images": [{"platforms": [{"simpleTags": ["x"], "digest": "\(two)"}]}]}, {"repo": "c"}]}
      """
    #expect(read(text).state().text == "a/x sha256:110000000000\nb/x sha256:220000000000")
    #expect(try read(text, only: [RepositoryName("b")]).state().text == "b/x sha256:220000000000")
    #expect(
      try read(text, only: [RepositoryName("b"), RepositoryName("d")]).state().text
        == """
        info.json:1:35: error: the file has no repository d
          | {"schemaVersion": "2.0", "repos": [
          |                                   ^
          fix: check its spelling
        """)
  }

  @Test func everyConflictNamesBothPlaces() throws {
    let text = file(
      [
        platform(one, #""a", "b""#, created: "2026-08-15T05:18:56.7683888Z"), platform(one, #""a""#),
        platform(two, #""a", "b""#, created: "2026-08-14T00:00:00Z"),
      ].map { "    " + $0 }.joined(separator: ",\n"))
    let reading = read(text)
    let lines = reading.state().text.split(separator: "\n").filter { !$0.hasPrefix("  |") }
    #expect(
      lines == [
        "info.json:6:36: error: dotnet/app/a has 2 digests: here \(two), created 2026-08-14T00:00:00.000Z",
        "  fix: name one of these digests with --prefer, or give --prefer newest",
        "info.json:4:36: note: here \(one), created 2026-08-15T05:18:56.768Z",
        "info.json:6:41: error: dotnet/app/b has 2 digests: here \(two), created 2026-08-14T00:00:00.000Z",
        "  fix: name one of these digests with --prefer, or give --prefer newest",
        "info.json:4:41: note: here \(one), created 2026-08-15T05:18:56.768Z",
      ])
    let newest = reading.state(preferring: .newest)
    #expect(newest.text == "dotnet/app/a sha256:110000000000\ndotnet/app/b sha256:110000000000")
    #expect(newest.decided == 2 && newest.diagnostics.isEmpty)
    let named = reading.state(preferring: .digests([two, three]))
    #expect(named.text == "dotnet/app/a sha256:220000000000\ndotnet/app/b sha256:220000000000")
    #expect(named.idlePreferences == [three])
  }

  @Test func aPreferenceThatDecidesNothing() throws {
    func fix(_ created: [String?], _ preference: ConflictPreference?) -> String? {
      let digests = [one, two, three]
      let images = zip(digests, created).map { platform($0, #""a""#, created: $1) }
      return read(file(images.joined(separator: ",\n"))).state(preferring: preference).diagnostics.first?
        .remedy
    }
    let (early, late) = ("2026-08-14T00:00:00Z", "2026-08-15T00:00:00Z")
    let byName = "name one of these digests with --prefer"
    #expect(fix([early, late, late], nil) == byName)
    #expect(fix([early, nil], nil) == byName)
    #expect(fix([early, late, late], .newest) == "two are equally new: \(byName)")
    #expect(fix([early, nil], .newest) == "the time of one is not known: \(byName)")
    #expect(fix([early, late], .digests([three])) == byName)
    #expect(fix([early, late, late], .digests([one, two])) == "prefer one of them alone")
    #expect(fix([early, late, late], .digests([two])) == nil)
  }

  @Test func aDigestThatIsGivenTwiceIsAsNewAsItsLaterTime() {
    let images = [
      platform(one, #""a""#, created: "2026-08-10T00:00:00Z"),
      platform(two, #""a""#, created: "2026-08-14T00:00:00Z"),
      platform(one, #""a""#, created: "2026-08-15T00:00:00Z"), platform(one, #""a""#),
    ]
    let reading = read(file(images.joined(separator: ",\n")))
    #expect(reading.state(preferring: .newest).text == "dotnet/app/a sha256:110000000000")
  }

  @Test func everythingThatIsWrongIsReportedAtItsPlace() throws {
    let long = String(repeating: "x", count: 129)
    let text = """
      {
        "schemaVersion": "2.0",
        "repos": [
          {"repo": "Dotnet/App", "images": [{"platforms": [{"simpleTags": ["never read"]}]}]},
          {"repo": "a", "images": [
            {"platforms": [{"simpleTags": ["x y", "\(long)"], "digest": "\(one)"}]},
            {"platforms": [{"simpleTags": ["ok"]}, {"simpleTags": ["ok"], "digest": "mcr/a@sha256:12"}]},
            {"platforms": [{"simpleTags": "ok", "digest": "\(one)"}, {"simpleTags": ["t"], "digest": "\(one)", "created": "x"}]}]}
        ]
      }
      """
    let imported = read(text).state(preferring: .newest)
    let grammar = "use letters, digits, . _ and -, not starting with . or -, at most 128 characters"
    #expect(imported.state == nil)
    #expect(
      imported.diagnostics.map { "\($0.place.line): \($0.message): \($0.remedy ?? "")" } == [
        "4: \"Dotnet/App\" is not a repository name: use lower-case letters and digits, joined by . _ __ - or /, "
          + "at most 255, without a host",
        "6: \"x y\" is not a tag: \(grammar)", "6: \(long.quoted) is not a tag: \(grammar)",
        "7: the platform has no \"digest\": publish the image first, or remove its tags",
        "7: \"sha256:12\" is not a digest: write sha256: and 64 lower-case hex digits",
        "8: \"simpleTags\" has to be a list, not \"ok\": write it in [ ]",
        "8: \"x\" is not a time: write it as 2026-11-22T17:50:01Z",
      ])
  }

  @Test(arguments: [
    ("", "the file is empty"), ("[]", "the file has to be a mapping, not a list"),
    (#"{"repos": []}"#, "the file has no \"schemaVersion\""),
    (#"{"schemaVersion": "1.0", "repos": []}"#, "the schema \"1.0\" is not supported"),
    (#"{"schemaVersion": "2.0"}"#, "the file has no \"repos\""),
    (#"{"schemaVersion": "2.0", "repos": {}}"#, "\"repos\" has to be a list, not a mapping"),
    (#"{"schemaVersion": "2.0", "repos": [{}]}"#, "the repository has no \"repo\""),
  ])
  func anotherFileIsNamedAsSuch(text: String, message: String) {
    let imported = read(text).state()
    #expect(imported.state == nil && imported.diagnostics.map(\.message) == [message])
  }

  /// What JSON allows and YAML might not: tabs, CR LF, a byte order mark, no blanks, every escape.
  @Test func anyJSONIsRead() {
    let escapes = #""\"\\\/\b\f\n\r\t\u00e9\ud83d\uDE00\\ud83d\ude00 \ud83d""#
    let lines = [
      "{\"note\": \(escapes),", "\t\"schemaVersion\": \"2.0\",", "\t\"repos\": [{", "\t\t\"repo\": \"a\",",
      "\t\t\"images\": [{\"platforms\": [{\"digest\":\"\(one)\",\"simpleTags\":[\"x\"]}]}]", "\t}]", "}",
    ]
    for text in [
      lines.joined(separator: "\n"), "\u{FEFF}" + lines.joined(separator: "\r\n"), lines.joined(),
    ] {
      #expect(read(text).state().text == "a/x sha256:110000000000")
    }
    #expect(read(#"{"schemaVersion": "\ud83d"}"#).state().diagnostics.map(\.place.column) == [19])
  }

  @Test func aFileThatWasCutOffIsAnError() {
    let whole = file(platform(one, #""a""#))
    for length in 1..<(whole.utf8.count - 1) {
      #expect(read(String(whole.prefix(length))).state().state == nil, "\(length)")
    }
    #expect(read(whole).state().state?.entries.count == 1)
  }
}
