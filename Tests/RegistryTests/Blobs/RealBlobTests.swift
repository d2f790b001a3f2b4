import HTTPClient
import Model
import Registry
import TestSupport
import Testing

/// Blobs in and out of distribution 2.8.
@Suite(
  .enabled(if: RealRegistry.isExpected, Comment(rawValue: RealRegistry.absence)), .timeLimit(.minutes(10)))
struct RealBlobTests {
  private let content = pattern((3 << 20) + 7)

  private func client(_ registry: RealRegistry) throws -> RegistryClient {
    try RegistryClient(url: registry.url, concurrency: 1)
  }

  @Test func blobsOfAnySizeComeBack() async throws {
    try await withRealRegistry { registry in
      let client = try client(registry)
      for size in [0, 1, 64 << 10, (64 << 10) + 1, content.count] {
        let blob = Array(content.prefix(size))
        let digest = sha256(blob)
        #expect(try await !client.hasBlob(digest, in: repository))
        let source = ScriptedSource {
          $0 * 200_000 < size ? Array(blob.dropFirst($0 * 200_000).prefix(200_000)) : nil
        }
        #expect(try await client.pushBlob(digest, size: size, to: repository) { source } == size)
        #expect(try await client.hasBlob(digest, in: repository))
        let isWhole = try await client.blob(digest, size: size, in: repository).collect() == blob
        #expect(isWhole, "\(size) bytes")
      }
    }
  }

  @Test func aBlobIsCopiedWhileItIsReadAndMounted() async throws {
    try await withRealRegistry { registry in
      let client = try client(registry)
      let digest = sha256(content)
      let (other, third) = (try RepositoryName("team/other"), try RepositoryName("team/third"))
      let size = content.count
      let source = ScriptedSource([content])
      _ = try await client.pushBlob(digest, size: size, to: repository) { source }
      let sent = try await client.pushBlob(digest, size: size, to: other) {
        client.blob(digest, size: size, in: repository)
      }
      #expect(sent == size)
      #expect(try await client.mountBlob(digest, from: other, into: third) == .mounted)
      #expect(try await client.hasBlob(digest, in: third))
      let lacking = try await client.mountBlob(sha256([1]), from: other, into: third)
      guard case .upload(let upload) = lacking else {
        Issue.record("there is nothing to mount")
        return
      }
      try await client.finish(upload, as: sha256([1]), rest: [1])
      #expect(try await client.hasBlob(sha256([1]), in: third))
    }
  }

  @Test func anUploadGoesOnWhereItsStatusSays() async throws {
    try await withRealRegistry { registry in
      let client = try client(registry)
      let upload = try await client.startUpload(in: repository)
      let first = Array(content.prefix(1 << 20))
      let appended = try await client.append(ScriptedSource([first]), size: first.count, to: upload)
      let known = try #require(try await client.status(of: appended))
      #expect(known.received == first.count)
      try await finish(known, client)
    }
  }

  /// † distribution 2.8 answers 404 once it has a part of a `PATCH`: its offset is not the one that the place tells of.
  @Test func aCutUploadGoesOnOrBeginsAnew() async throws {
    try await withRealRegistry { registry in
      let client = try client(registry)
      let upload = try await client.startUpload(in: repository)
      let piece = Array(content.prefix(1 << 20))
      let source = ScriptedSource { number in
        if number == 1 { throw RegistryError(.unexpected, "cut") }
        return piece
      }
      let cut = await registryError { _ = try await client.append(source, size: content.count, to: upload) }
      #expect(cut?.description == "cut")
      if let known = try await client.status(of: upload) {
        try await finish(known, client)
      } else {
        try await finish(try await client.startUpload(in: repository), client)
      }
    }
  }

  /// Sends what `upload` lacks of the content.
  private func finish(_ upload: BlobUpload, _ client: RegistryClient) async throws {
    let rest = Array(content[upload.received...])
    let whole = try await client.append(ScriptedSource([rest]), size: rest.count, to: upload)
    try await client.finish(whole, as: sha256(content))
    let isWhole =
      try await client.blob(sha256(content), size: content.count, in: repository).collect() == content
    #expect(isWhole)
  }

  @Test func otherBytesThanTheDigestSaysAreRefusedAndACancelledUploadIsGone() async throws {
    try await withRealRegistry { registry in
      let client = try client(registry)
      let refused = await registryError {
        _ = try await client.pushBlob(sha256([1]), size: 100_000, to: repository) {
          ScriptedSource([pattern(100_000)])
        }
      }
      #expect(refused?.kind == .rejected && refused?.description.contains("DIGEST_INVALID") == true)
      let upload = try await client.startUpload(in: repository)
      try await client.cancel(upload)
      #expect(try await client.status(of: upload) == nil)
      try await client.cancel(upload)
    }
  }
}
