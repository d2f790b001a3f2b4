import FoundationEssentials
import Model
import StateFile
import Testing
import YAML

@Suite struct ExampleTests {
  /// The package's `desired-state/images.yaml`.
  @Test func theExampleIsCanonical() throws {
    let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    let path = "desired-state/images.yaml"
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: root + "/" + path)))
    let templates = [try TagTemplate("{image}-staging"), try TagTemplate("{image}-latest")]
    let reading = StateText.read([StateText(path: path, bytes: bytes)], templates: templates)
    #expect(reading.diagnostics.map(\.description) == [])
    let entries = try #require(reading.state).entries
    #expect(entries.count == 12)
    #expect(entries.filter { $0.hold != nil }.map(\.key.image.description) == ["ubuntu-22.04-helix-amd64"])
    #expect(entries.filter { $0.eol != nil }.map(\.key.image.description) == ["fedora-41-helix"])
  }

  @Test func theFirstStateFileIsCanonicalAndEmpty() {
    let reading = StateText.read([StateText(path: "images.yaml", bytes: Array(StateText.firstText.utf8))])
    #expect(reading.diagnostics.map(\.description) == [])
    #expect(reading.state == .empty)
  }
}
