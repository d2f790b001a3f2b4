import Model
import TestSupport
import Testing

@testable import Registry

@Suite struct ManifestTests {
  @Test func sha256OfKnownTexts() {
    // FIPS 180-2, appendix B; the empty text.
    #expect(
      sha256(Array("abc".utf8)).hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(sha256([]).hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  }

  @Test(arguments: [
    // The JSON's own word comes first.
    (
      #"{"mediaType":"application/vnd.oci.image.index.v1+json"}"#, Optional(MediaType.ociManifest.rawValue),
      MediaType.ociIndex
    ),
    // Then the answer's, without parameters.
    (#"{"schemaVersion":2}"#, "application/vnd.oci.image.index.v1+json; charset=utf-8", .ociIndex),
    (#"{"schemaVersion":2}"#, "Application/vnd.docker.distribution.manifest.LIST.v2+json", .dockerList),
    // Then the shape.
    (#"{"schemaVersion":2,"manifests":[]}"#, "application/json", .ociIndex),
    (
      #"{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json"},"layers":[{}]}"#,
      nil, .ociManifest
    ),
    (
      #"{"schemaVersion":2,"config":{"mediaType":"application/vnd.docker.container.image.v1+json"},"layers":[]}"#,
      nil, .dockerManifest
    ),
  ])
  func mediaType(json: String, contentType: String?, expected: MediaType) throws {
    #expect(try Manifest(received: Array(json.utf8), contentType: contentType).mediaType == expected)
  }

  @Test(arguments: [
    ("<html>", "it is no JSON object"), ("[]", "it is no JSON object"), ("", "it is no JSON object"),
    (
      #"{"mediaType":"application/vnd.oci.artifact.manifest.v1+json"}"#,
      "its media type is \"application/vnd.oci.artifact.manifest.v1+json\""
    ),
    (#"{"schemaVersion":1,"config":{},"layers":[]}"#, "it has neither a media type nor the shape of one"),
    (#"{"schemaVersion":2,"config":{}}"#, "it has neither a media type nor the shape of one"),
  ])
  func notAManifest(json: String, problem: String) {
    let error = #expect(throws: UnknownManifest.self) {
      try Manifest(received: Array(json.utf8), contentType: "application/json")
    }
    #expect(error?.description == problem)
  }

  @Test func aTombstoneIsOfItsRepositoryAndBatchAlone() throws {
    let tombstone = Tombstone.manifest(repository: repository, batch: #"2026-11-22 "a\#u{1}""#)
    #expect(
      String(decoding: tombstone.bytes, as: UTF8.self)
        == #"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[],"annotations":"#
        + #"{"io.tagkeeper.tombstone.repository":"team/prereqs","io.tagkeeper.tombstone.batch":"2026-11-22 \"a\u0001\""}}"#
    )
    #expect(tombstone == Tombstone.manifest(repository: repository, batch: #"2026-11-22 "a\#u{1}""#))
    #expect(tombstone.digest == sha256(tombstone.bytes))
    let others = [
      Tombstone.manifest(repository: repository, batch: "2"),
      Tombstone.manifest(repository: try RepositoryName("other"), batch: #"2026-11-22 "a\#u{1}""#),
    ]
    #expect(!others.contains { $0.digest == tombstone.digest })
  }

  @Test func aManifestByDigestIsCheckedAndKept() async throws {
    let registry = try FakeRegistry()
    let one = ImagePusher.manifest("one")
    registry.store(one, as: staging.tag, in: repository)
    let client = try RegistryClient(url: registry.url)
    #expect(try await client.manifest(one.digest, in: repository) == one)
    #expect(try await client.manifest(one.digest, in: repository) == one)
    #expect(registry.count("GET") == 1)
    let other = try RepositoryName("other")
    let missing = await registryError { _ = try await client.manifest(one.digest, in: other) }
    #expect(missing?.kind == .missingManifest)
  }

  @Test func otherBytesThanTheDigestSaysAreRefused() async throws {
    let one = ImagePusher.manifest("one")
    let two = ImagePusher.manifest("two")
    let server = try ScriptedServer { _ in two.reply }
    let client = try RegistryClient(url: server.url)
    let error = await registryError { _ = try await client.manifest(one.digest, in: repository) }
    #expect(error?.kind == .unexpectedDigest)
    #expect(
      error?.description
        == "GET 127.0.0.1:\(server.port)/v2/team/prereqs/manifests/\(one.digest): the registry answered with \(two.digest)"
    )
  }

  @Test func anOversizedManifestIsNoAnswer() async throws {
    let server = try ScriptedServer { _ in
      .answer(status: 200, headers: manifestFields, body: Array(repeating: 32, count: (4 << 20) + 1))
    }
    let client = try RegistryClient(url: server.url)
    let error = await registryError { _ = try await client.get(.tag(staging.tag), in: repository) }
    #expect(error?.kind == .transport && error?.description.contains("more than 4194304 bytes") == true)
  }
}
