import HTTPClient
import Model
import TestSupport
import Testing

@testable import Registry

/// Between two real registries, and between one and layouts; `skopeo` is the judge.
@Suite(
  .enabled(if: RealRegistry.isExpected, Comment(rawValue: RealRegistry.absence)),
  .enabled(if: Skopeo.isExpected, Comment(rawValue: Skopeo.absence)), .timeLimit(.minutes(10)))
struct RegistryCopyTests {
  private let staging = try! RepositoryName("team/staging")  // a constant
  private let production = try! RepositoryName("team/production")  // a constant
  private let transport: Transport

  init() throws { transport = try Transport(userAgent: "tagkeeper/test") }

  private func client(_ registry: RealRegistry) throws -> RegistryClient {
    RegistryClient(try registry.address, transport: transport)
  }

  /// Copies `digest`, and fails unless `skopeo` reads the same bytes at both places.
  private func copy(
    _ digest: Digest, from source: any ContentTarget, to target: any ContentTarget
  ) async throws -> Int {
    let sent = try await Copier(to: target).copy(digest, from: source, staging, to: production)
    let tree = try await ImageTree(digest, from: source, staging)
    for (number, digest) in tree.order.enumerated() {
      let manifest = try #require(tree.nodes[digest]).manifest
      let tag = try TagName("copied-\(number)")
      _ = try await source.push(manifest, as: .tag(tag), to: staging)
      _ = try await target.push(manifest, as: .tag(tag), to: production)
      let there = try await Skopeo.inspect(target.image(production, tag))
      #expect(there == manifest.bytes)
      #expect(try await Skopeo.inspect(source.image(staging, tag)) == there)
    }
    return sent
  }

  @Test func copiesImagesAndIndexesAndWhatRefersToThem() async throws {
    try await withRealRegistry { here in
      try await withRealRegistry { there in
        let (source, target) = (try client(here), try client(there))
        let image = try await source.pushImage("one", layers: ["first", "second"], to: staging)
        _ = try await copy(image.digest, from: source, to: target)
        var children: [Manifest] = []
        for platform in ["amd64", "arm64", "s390x", "ppc64le"] {
          children.append(try await source.pushImage(platform, layers: ["first", platform], to: staging))
        }
        let index = try await source.pushIndex(of: children, to: staging)
        let signature = try await source.pushImage("signature", subject: index.digest, to: staging)
        let sbom = try await source.pushImage("sbom", subject: index.digest, to: staging)
        try await source.list([signature, sbom], of: index.digest, in: staging)
        let sent = try await copy(index.digest, from: source, to: target)
        #expect(sent > 0)
        let listed = try await target.referrers(of: index.digest, in: production)
        #expect(Set(listed.map(\.descriptor.digest)) == [signature.digest, sbom.digest])
        #expect(try await copy(index.digest, from: source, to: target) == 0)
      }
    }
  }

  @Test func sendsNothingWithinOneRegistry() async throws {
    try await withRealRegistry { registry in
      let client = try client(registry)
      // 2.8 takes Docker's types as well.
      let image = try await client.pushImage(
        "one", layers: [String(repeating: "x", count: 100_000)], to: staging)
      #expect(try await copy(image.digest, from: client, to: client) == 0)
    }
  }

  @Test func streamsLargeBlobs() async throws {
    try await withRealRegistry { here in
      try await withRealRegistry { there in
        let (source, target) = (try client(here), try client(there))
        let layers = (0..<3).map { String(repeating: "\($0)", count: 3 << 20) }
        let image = try await source.pushImage("large", layers: layers, to: staging)
        let sent = try await copy(image.digest, from: source, to: target)
        #expect(sent > 9 << 20)
      }
    }
  }

  @Test func copiesToLayoutsAndBack() async throws {
    try await withTemporaryDirectory { folder in
      try await withRealRegistry { registry in
        let (client, layouts) = (try client(registry), try ImageLayouts(path: folder.path))
        var children: [Manifest] = []
        for platform in ["amd64", "arm64"] {
          children.append(try await client.pushImage(platform, layers: ["first", platform], to: staging))
        }
        let index = try await client.pushIndex(of: children, to: staging)
        let signature = try await client.pushImage("signature", subject: index.digest, to: staging)
        try await client.list([signature], of: index.digest, in: staging)
        _ = try await copy(index.digest, from: client, to: layouts)
        try await withRealRegistry { other in
          let back = try self.client(other)
          _ = try await Copier(to: back).copy(index.digest, from: layouts, production, to: staging)
          let listed = try await back.referrers(of: index.digest, in: staging)
          #expect(listed.map(\.descriptor.digest) == [signature.digest])
          #expect(try await back.get(.digest(index.digest), in: staging)?.bytes == index.bytes)
        }
      }
    }
  }

  @Test func skopeoReadsLayoutsAndWritesThem() async throws {
    try await withTemporaryDirectory { folder in
      let layouts = try ImageLayouts(path: folder.path)
      let children = [
        try await layouts.pushImage("one", to: staging), try await layouts.pushImage("two", to: staging),
      ]
      let index = try await layouts.pushIndex(of: children, to: staging)
      let tag = TagReference(staging, try TagName("multi"))
      try await layouts.put(index.digest, to: tag)
      try await Skopeo.copy(
        layouts.image(staging, tag.tag), to: layouts.image(production, tag.tag), folder: folder)
      let copied = TagReference(production, tag.tag)
      #expect(await layouts.observe([copied]) == [copied: .present(index.digest)])
      // What skopeo wrote can be written on, and it reads that.
      let more = TagReference(production, try TagName("more"))
      try await layouts.put(children[0].digest, to: more)
      #expect(try await layouts.tags(in: production) == [more.tag, tag.tag])
      #expect(try await Skopeo.inspect(layouts.image(production, more.tag)) == children[0].bytes)
      #expect(try await Skopeo.inspect(layouts.image(production, tag.tag)) == index.bytes)
    }
  }

  /// A layout keeps the digest; who reads OCI's types alone passes the image over.
  @Test func dockersManifestsKeepTheirDigestInALayout() async throws {
    try await withTemporaryDirectory { folder in
      try await withRealRegistry { registry in
        let (client, layouts) = (try client(registry), try ImageLayouts(path: folder.path))
        let digest = try await ImagePusher(try registry.address, transport: transport).push(
          "one", to: staging, format: .docker)
        _ = try await Copier(to: layouts).copy(digest, from: client, staging, to: production)
        let tag = TagReference(production, try TagName("docker"))
        try await layouts.put(digest, to: tag)
        #expect(await layouts.observe([tag]) == [tag: .present(digest)])
        await #expect(throws: (any Error).self) {
          _ = try await Skopeo.inspect(layouts.image(production, tag.tag))
        }
      }
    }
  }
}

extension ContentTarget {
  /// As `skopeo` names it.
  fileprivate func image(_ repository: RepositoryName, _ tag: TagName) -> String {
    storeName.hasPrefix("oci:")
      ? "\(storeName)/\(repository):\(tag)" : "docker://\(storeName)/\(repository):\(tag)"
  }
}
