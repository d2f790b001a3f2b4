import HTTPClient
import Model
import Registry
import TestSupport
import Testing

@Suite(.enabled(if: RealRegistry.isExpected, Comment(rawValue: RealRegistry.absence)))
struct RealRegistryTests {
  let transport: Transport
  let repository: RepositoryName
  let staging: TagReference
  let sibling: TagReference

  init() throws {
    transport = try Transport(userAgent: "tagkeeper/test")
    repository = try RepositoryName("team/prereqs")
    staging = TagReference(repository, try TagName("alpine-staging"))
    sibling = TagReference(repository, try TagName("alpine-sibling"))
  }

  private func client(_ registry: RealRegistry) throws -> RegistryClient {
    RegistryClient(try registry.address, transport: transport)
  }

  @Test func createsMovesAndObservesEveryKindOfManifest() async throws {
    try await withRealRegistry { registry in
      let pusher = ImagePusher(try registry.address, transport: transport)
      let client = try client(registry)
      let oci = try await pusher.push("one", to: repository, as: sibling.tag)
      let docker = try await pusher.push("two", to: repository, format: .docker)
      let index = try await pusher.pushIndex(
        of: [ImagePusher.manifest("one"), ImagePusher.manifest("two", format: .docker)], to: repository)
      #expect(await client.observe(staging) == .absent)
      for digest in [oci, docker, index, oci] {
        try await client.put(digest, to: staging)
        #expect(
          await client.observe([staging, sibling]) == [staging: .present(digest), sibling: .present(oci)])
      }
      #expect(try await client.tags(in: repository).sorted() == [sibling.tag, staging.tag])
      #expect(try await client.tags(in: RepositoryName("never/seen")) == [])
    }
  }

  @Test func tellsWhenAnImageWasBuilt() async throws {
    try await withRealRegistry { registry in
      let pusher = ImagePusher(try registry.address, transport: transport)
      let client = try client(registry)
      let (early, late) = ("2026-08-15T05:18:56Z", "2026-08-16T05:18:56Z")
      let one = try await pusher.push("one", to: repository, created: early)
      let two = try await pusher.push("two", to: repository, format: .docker, created: late)
      let index = try await pusher.pushIndex(
        of: [
          ImagePusher.manifest("two", format: .docker, created: late),
          ImagePusher.manifest("one", created: early),
        ], to: repository)
      #expect(try await client.created(of: one, in: repository) == Timestamp(early))
      #expect(try await client.created(of: two, in: repository) == Timestamp(late))
      #expect(try await client.created(of: index, in: repository) == Timestamp(late))
      let timeless = try await pusher.push("three", to: repository)
      let unknown = await #expect(throws: RegistryError.self) {
        try await client.created(of: timeless, in: repository)
      }
      #expect(
        unknown?.description
          == "\(registry.url.dropFirst(7))/team/prereqs@\(timeless): its configuration has no \"created\" time"
      )
    }
  }

  @Test func aMissingDigestIsBlockedAndAMissingChildIsTerminal() async throws {
    try await withRealRegistry { registry in
      let client = try client(registry)
      let missing = sha256(Array("missing".utf8))
      let blocked = await #expect(throws: RegistryError.self) { try await client.put(missing, to: staging) }
      #expect(blocked?.kind == .missingManifest)
      #expect(
        blocked?.description
          == "\(missing) is not in \(registry.url.dropFirst(7))/team/prereqs; push the image there, or declare another digest"
      )
      let index = ImagePusher.index(of: [ImagePusher.manifest("never pushed")])
      let incomplete = await #expect(throws: RegistryError.self) {
        try await client.putManifest(index, to: .tag(staging.tag), in: repository)
      }
      #expect(incomplete?.kind == .missingContent)
      #expect(await client.observe(staging) == .absent)
    }
  }

  @Test(.enabled(if: RealRegistry.deletesTags, "distribution 3 does"))
  func aTagIsDeletedAndItsManifestStays() async throws {
    try await withRealRegistry { registry in
      let client = try client(registry)
      let digest = try await ImagePusher(try registry.address, transport: transport)
        .push("one", to: repository, as: staging.tag, sibling.tag)
      #expect(try await client.deleteTag(staging) == .deleted)
      #expect(await client.observe(staging) == .absent)
      #expect(await client.observe(sibling) == .present(digest))
      #expect(try await client.deleteTag(sibling) == .deleted)
      #expect(try await client.get(.digest(digest), in: repository)?.digest == digest)
      #expect(try await client.tags(in: repository) == [])
    }
  }

  @Test(.disabled(if: RealRegistry.deletesTags, Comment(rawValue: RealRegistry.deletion)))
  func aTagIsNotDeletedNativelyAndAManifestIs() async throws {
    try await withRealRegistry { registry in
      let client = try client(registry)
      let digest = try await ImagePusher(try registry.address, transport: transport)
        .push("one", to: repository, as: staging.tag, sibling.tag)
      let host = registry.url.dropFirst(7)
      #expect(
        try await client.deleteTag(staging)
          == .unsupported(
            "DELETE \(host)/v2/team/prereqs/manifests/tagkeeper-deletion-proof: the registry answered 400 DIGEST_INVALID "
              + "\"provided digest did not match uploaded content\""))
      #expect(try await client.proveManifestDeletion(in: repository, batch: "proof") == .deleted)
      let tombstone = Tombstone.manifest(repository: repository, batch: "1")
      _ = try await client.putManifest(tombstone, to: .tag(staging.tag), in: repository)
      #expect(try await client.deleteManifest(tombstone.digest, in: repository) == .deleted)
      #expect(await client.observe(staging) == .absent)
      #expect(await client.observe(sibling) == .present(digest))
      #expect(try await client.deleteManifest(tombstone.digest, in: repository) == .absent)
    }
  }

  @Test func deletesThatAreDisabledAreUnsupported() async throws {
    try await withRealRegistry(deletes: false) { registry in
      let client = try client(registry)
      try await ImagePusher(try registry.address, transport: transport)
        .push("one", to: repository, as: staging.tag)
      guard case .unsupported = try await client.deleteTag(staging),
        case .unsupported = try await client.proveManifestDeletion(in: repository, batch: "proof")
      else {
        Issue.record("deletes are disabled")
        return
      }
    }
  }

  @Test func aReadOnlyRegistryIsHeld() async throws {
    try await withTemporaryDirectory { folder in
      let digest = try await withRealRegistry(in: folder) { registry in
        try await ImagePusher(try registry.address, transport: transport)
          .push("one", to: repository, as: staging.tag)
      }
      try await withRealRegistry(in: folder, readOnly: true) { registry in
        let client = try client(registry)
        #expect(await client.observe(staging) == .present(digest))
        let host = registry.url.dropFirst(7)
        let answer = "405; it is read-only, or a proxy before it lets no write through"
        #expect(
          try await client.deleteTag(staging)
            == .readOnly(
              "DELETE \(host)/v2/team/prereqs/manifests/tagkeeper-deletion-proof: the registry answered \(answer)"
            ))
        let refused = await #expect(throws: RegistryError.self) { try await client.put(digest, to: sibling) }
        #expect(refused?.kind == .readOnly)
        #expect(
          refused?.description
            == "PUT \(host)/v2/team/prereqs/manifests/alpine-sibling: the registry answered \(answer)")
        guard case .readOnly = try await client.proveManifestDeletion(in: repository, batch: "proof") else {
          Issue.record("the registry is read-only")
          return
        }
      }
    }
  }
}
