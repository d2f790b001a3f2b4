import HTTPClient
import Model
import Registry
import TestSupport
import Testing

/// A blob on its way from one registry to another, however large.
@Suite struct BlobCopyTests {
  private static let piece = [UInt8](repeating: 7, count: 256 << 10)

  private static func digest(pieces: Int) -> Digest {
    var hash = SHA256()
    for _ in 0..<pieces { hash.update(piece) }
    return hash.finish()
  }

  /// Copies a blob of `pieces` pieces between two servers.
  private func copy(_ digest: Digest, pieces: Int) async throws {
    let size = pieces * Self.piece.count
    let source = try ScriptedServer { _ in
      .produced(status: 200, headers: [], size: size) { $0 < size ? Self.piece : nil }
    }
    let target = try ScriptedServer(handlingBodies: { _ in .count }) { request in
      request.method == "PUT"
        ? .response(201) : .response(202, [("Location", "/v2/team/prereqs/blobs/uploads/1")])
    }
    let transport = try Transport(userAgent: "tagkeeper/test")
    let from = RegistryClient(try RegistryURL(source.url), transport: transport)
    let to = RegistryClient(try RegistryURL(target.url), transport: transport)
    let sent = try await to.pushBlob(digest, size: size, to: repository) {
      from.blob(digest, size: size, in: repository)
    }
    #expect(sent == size && target.requests.map(\.bodySize) == [0, size, 0])
  }

  @Test func aLargeBlobIsStreamedAndChecked() async throws {
    try await copy(Self.digest(pieces: 64), pieces: 64)
    let error = await registryError { try await copy(Self.digest(pieces: 63), pieces: 64) }
    #expect(error?.kind == .unexpectedDigest)
  }
}
