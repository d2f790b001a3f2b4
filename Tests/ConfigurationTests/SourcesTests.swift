import Configuration
import Model
import TestSupport
import Testing
import YAML

@Suite struct SourcesTests {
  private func read(_ registry: String, sources: String, path: String = "/etc/tagkeeper/tagkeeper.yaml")
    -> SettingsReading
  {
    let text = """
      version: 1
      checkout: /srv
      registry: \(registry)
      channels: {a: {branch: b, tag: t, sources: \(sources)}}
      """
    return Settings.read(Array(text.utf8), path: path)
  }

  @Test func areReadInTheirOrder() throws {
    let reading = read(
      "https://r.example", sources: #"[team/staging, "ghcr.io/{repository}", oci:images//app]"#)
    let channel = try #require(reading.settings?.channels.first)
    #expect(
      channel.sources.map(\.description)
        == ["team/staging", "ghcr.io/{repository}", "oci:/etc/tagkeeper/images//app"])
    #expect(read("https://r.example", sources: "[]").settings?.channels.first?.sources == [])
  }

  @Test func aFolderOfLayoutsIsARegistry() {
    #expect(read("oci:images", sources: "[]").settings?.registry == .layouts(path: "/etc/tagkeeper/images"))
    #expect(read("oci:/srv/images/", sources: "[]").settings?.registry == .layouts(path: "/srv/images"))
    #expect(
      read("oci:images", sources: "[]", path: "tagkeeper.yaml").settings?.registry == .layouts(path: "images")
    )
  }

  @Test(arguments: [
    (
      #""oci:""#, "[]",
      """
      t.yaml:3:11: error: "oci:" names no folder of image layouts
        | registry: "oci:"
        |           ^
        fix: write oci: and the path of a folder, such as oci:/srv/images; ~ is not expanded
      """
    ),
    ("oci:/i", "team", "\"sources\" takes a list"), ("oci:/i", "[Team]", "\"Team\" is not a repository name"),
    ("oci:/i", #"["https://ghcr.io/a"]"#, "\"https://ghcr.io/a\" is not a source"),
  ])
  func areRefused(_ registry: String, _ sources: String, _ message: String) {
    let reading = read(registry, sources: sources, path: "t.yaml")
    #expect(reading.settings == nil)
    #expect(
      reading.diagnostics.contains { "\($0)" == message || $0.message == message }, "\(reading.diagnostics)")
  }

  @Test(arguments: ["", "https://"]) func credentialsInASourceAreNotShown(scheme: String) {
    let reading = read("oci:/i", sources: "[\(scheme)bot:\(testSecret("x"))@ghcr.io/a]", path: "t.yaml")
    #expect(
      reading.diagnostics.map(\.description) == [
        """
        t.yaml:4:45: error: a source has an @ in it
          fix: write HOST/REPOSITORY alone; credentials stand below hosts:
        """
      ])
  }
}
