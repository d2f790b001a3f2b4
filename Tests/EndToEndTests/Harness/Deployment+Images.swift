import Model
import Registry
import TestSupport
import Testing

extension Deployment {
  /// An image of each kind, pushed by digest: OCI, Docker, and an index of both.
  func pushEveryKind() async throws -> (oci: Manifest, docker: Manifest, index: Manifest) {
    try await pusher.push("oci", to: team)
    try await pusher.push("docker", to: team, format: .docker)
    let oci = ImagePusher.manifest("oci")
    let docker = ImagePusher.manifest("docker", format: .docker)
    try await pusher.pushIndex(of: [oci, docker], to: team)
    return (oci, docker, ImagePusher.index(of: [oci, docker]))
  }

  /// Many images at little cost, pushed by digest: they share their blobs, and differ in an annotation.
  func pushVariants(_ count: Int, of content: String) async throws -> [Manifest] {
    let original = try await push(content)
    guard let image = try await registry.get(.digest(original), in: team) else { return [] }
    let variants = (0..<count).map { number in
      let annotation = #","annotations":{"org.opencontainers.image.version":"\#(number)"}}"#
      return Manifest(bytes: image.bytes.dropLast() + Array(annotation.utf8), mediaType: image.mediaType)
    }
    try await put(variants.map { ($0, .digest($0.digest)) })
    return variants
  }

  /// Puts each manifest at its reference, eight at a time.
  private func put(_ manifests: [(manifest: Manifest, reference: ManifestReference)]) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (number, (manifest, reference)) in manifests.enumerated() {
        if number >= 8 { try await group.next() }
        group.addTask { [registry, team] in
          _ = try await registry.putManifest(manifest, to: reference, in: team)
        }
      }
      try await group.waitForAll()
    }
  }

  /// As somebody with a client of their own would.
  func put(_ manifest: Manifest, at tag: String) async throws {
    _ = try await registry.putManifest(manifest, to: .tag(try TagName(tag)), in: team)
  }

  /// The bytes and the type of what `tag` points to; nil where the tag is absent.
  func manifest(_ tag: String) async throws -> Manifest? {
    try await registry.get(.tag(try TagName(tag)), in: team)
  }

  /// Whether the repository has `manifest`, with or without a tag.
  func has(_ manifest: Manifest) async throws -> Bool {
    try await registry.get(.digest(manifest.digest), in: team) == manifest
  }

  /// There are these tags and no others, each with the very bytes that were pushed, and none dangles.
  func expect(
    _ expected: [String: Manifest], sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let tags = try await tags()
    #expect(tags == expected.mapValues { $0.digest }, sourceLocation: sourceLocation)
    for (tag, manifest) in expected {
      let there = try await self.manifest(tag)
      #expect(
        there?.mediaType == manifest.mediaType && there?.bytes == manifest.bytes, "\(tag)",
        sourceLocation: sourceLocation)
    }
  }
}
