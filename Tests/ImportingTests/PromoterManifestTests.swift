import Importing
import Model
import TestSupport
import Testing
import YAML

@Suite struct PromoterManifestTests {
  private func read(
    _ text: String, _ pattern: TagPattern = .wholeTag, prefix: RepositoryName? = nil
  ) -> ImportReading {
    PromoterManifest.read(Array(text.utf8), name: "images.yaml", pattern: pattern, prefix: prefix)
  }

  private var thin: String {
    """
    # Kept by hand.
    - name: apple
      dmap:
        "\(one)": ["1.1", "latest"]
    - name: tools/banana
      dmap:
        "\(one)": []
        \(two):
        - 1.10
        - no
        "\(three)":
    - name: cherry
      dmap: {}
    """
  }

  @Test func namesAreRepositoriesAndTagsImages() {
    let reading = read(thin)
    #expect(
      reading.state().text == """
        apple/1.1 sha256:110000000000
        apple/latest sha256:110000000000
        tools/banana/1.10 sha256:220000000000
        tools/banana/no sha256:220000000000
        """)
    #expect(reading.untaggedImages == 2)
  }

  @Test func aPrefixStandsBeforeEachName() throws {
    let reading = read(thin, try TagPattern("1.*"), prefix: try RepositoryName("k8s-artifacts-prod/x"))
    #expect(
      reading.state().text == """
        k8s-artifacts-prod/x/apple/1 sha256:110000000000
        k8s-artifacts-prod/x/tools/banana/10 sha256:220000000000
        """)
    #expect(reading.unmatchedTags == 2)
  }

  @Test func aPlainManifestHasRegistriesToo() {
    let text = """
      registries:
      - name: gcr.io/myproject-staging-area
        src: true
      images:
      - {name: apple, dmap: {"\(one)": ["1.1"]}}
      """
    #expect(read(text).state().text == "apple/1.1 sha256:110000000000")
  }

  @Test func aTagOfTwoDigestsIsAConflict() {
    let text = """
      - name: apple
        dmap:
          "\(one)": ["1.1", "latest"]
          "\(two)": ["1.2", "latest"]
      - name: apple
        dmap: {"\(one)": ["1.1"]}
      """
    #expect(
      read(text).state().text
        == """
        images.yaml:4:88: error: apple/latest has 2 digests: here \(two)
          |     "\(two)": ["1.2", "latest"]
          |                                                                                        ^
          fix: name one of these digests with --prefer
        images.yaml:3:88: note: here \(one)
          |     "\(one)": ["1.1", "latest"]
          |                                                                                        ^
        """)
    let chosen = read(text).state(preferring: .digests([two]))
    #expect(
      chosen.text == """
        apple/1.1 sha256:110000000000
        apple/1.2 sha256:220000000000
        apple/latest sha256:220000000000
        """)
    #expect(
      read(text).state(preferring: .newest).diagnostics.map(\.remedy)
        == ["the time of one is not known: name one of these digests with --prefer"])
  }

  @Test func everythingThatIsWrongIsReportedAtItsPlace() {
    let text = """
      - name: Apple
        dmap: {"\(one)": ["1"]}
      - name: pear
      - dmap: {"\(one)": ["1"]}
      - name: plum
        dmap: {"sha256:12": ["1"], "\(one)": [".1", {a: b}], "\(two)": 1}
      - name: fig
        dmap: ["\(one)"]
      - grape
      """
    let imported = read(text).state()
    #expect(imported.state == nil)
    #expect(
      imported.diagnostics.map { "\($0.place.line): \($0.message)" } == [
        "1: \"Apple\" is not a repository name", "3: the image has no \"dmap\"",
        "4: the image has no \"name\"",
        "6: \"sha256:12\" is not a digest", "6: \".1\" is not a tag", "6: a tag takes text, not a mapping",
        "6: the tags of sha256:220000000000 has to be a list, not \"1\"",
        "8: \"dmap\" has to be a mapping, not a list", "9: the image has to be a mapping, not \"grape\"",
      ])
  }

  @Test(arguments: [
    ("", "the file is empty"), ("# nothing", "the file is empty"),
    ("registries: []", "the file has no \"images\""),
    ("apple", "the list of images has to be a list, not \"apple\""),
  ])
  func anotherFileIsNamedAsSuch(text: String, message: String) {
    let imported = read(text).state()
    #expect(imported.state == nil && imported.diagnostics.map(\.message) == [message])
  }
}
