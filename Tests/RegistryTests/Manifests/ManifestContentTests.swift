import Model
import TestSupport
import Testing

@testable import Registry

@Suite struct ManifestContentTests {
  private static func member(_ number: UInt8, type: String? = nil, size: Int = 7) -> String {
    let type = type.map { #""mediaType":"\#($0)","# } ?? ""
    return #"{\#(type)"digest":"\#(digest(number))","size":\#(size)}"#
  }

  private func content(_ type: MediaType, _ members: String) throws -> ManifestContent {
    let text = #"{"schemaVersion":2,"mediaType":"\#(type.rawValue)",\#(members)}"#
    return try ManifestContent(Manifest(bytes: Array(text.utf8), mediaType: type), name: "an image")
  }

  /// An index's members are manifests, but for those of another type.
  @Test(arguments: [
    (MediaType.ociIndex, MediaType.ociManifest), (.dockerList, .dockerManifest), (.dockerList, .ociIndex),
  ])
  func ofIndexes(type: MediaType, child: MediaType) throws {
    let members = [
      Self.member(1, type: child.rawValue), Self.member(2), Self.member(3, type: "application/zip"),
    ]
    let content = try content(type, #""manifests":[\#(members.joined(separator: ","))]"#)
    #expect(content.children.map(\.digest) == [digest(1), digest(2)])
    #expect(content.blobs.map(\.digest) == [digest(3)])
  }

  @Test(arguments: [MediaType.ociManifest, .dockerManifest]) func ofManifests(type: MediaType) throws {
    let layers = [Self.member(2), Self.member(3), Self.member(2)].joined(separator: ",")
    let content = try content(type, #""config":\#(Self.member(1)),"layers":[\#(layers)]"#)
    #expect(content.children.isEmpty)
    #expect(content.blobs.map(\.digest) == [digest(1), digest(2), digest(3)])
  }

  @Test(arguments: [
    (member(1, size: -1), "in a descriptor a size is below 0"),
    (#"{"size":1}"#, "its descriptors can't be read"),
  ])
  func whatCannotBeNamedIsAnError(layer: String, problem: String) async {
    let error = await registryError { _ = try content(.ociManifest, #""layers":[\#(layer)]"#) }
    #expect(error == RegistryError(.rejected, "an image: \(problem)"))
  }
}
