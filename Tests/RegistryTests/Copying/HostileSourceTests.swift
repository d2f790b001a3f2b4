import Model
import Synchronization
import TestSupport
import Testing

@testable import Registry

/// Sources whose answers are well formed and meant to harm.
@Suite(.timeLimit(.minutes(10))) struct HostileSourceTests {
  /// A source that has `manifest`, whose referrers `referrers` answers.
  private func server(
    _ manifest: Manifest,
    referrers: @escaping @Sendable (ServedRequest) -> ScriptedReply = { _ in .response(404) }
  ) throws -> ScriptedServer {
    try ScriptedServer { request in
      if request.path.hasSuffix("/manifests/\(manifest.digest)") { return manifest.reply }
      if request.path.contains("/referrers/") { return referrers(request) }
      if request.path == "/v2/" { return .response(200, body: "{}") }
      return .response(404, body: #"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#)
    }
  }

  @Test(arguments: [[Int.max, Int.max], [Int.max], [1 << 49, 1 << 49, 1]])
  func sizesThatNoSumHoldsAreRefused(sizes: [Int]) async throws {
    let layers = sizes.enumerated().map { number, size in
      Descriptor(mediaType: "a/layer", digest: digest(UInt8(number + 1)), size: size)
    }
    let config = Descriptor(mediaType: "a/config", digest: digest(9), size: 2)
    let text =
      #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociManifest.rawValue)","config":\#(config.json),"#
      + #""layers":[\#(layers.map(\.json).joined(separator: ","))]}"#
    let manifest = Manifest(bytes: Array(text.utf8), mediaType: .ociManifest)
    let server = try server(manifest)
    let source = try RegistryClient(url: server.url)
    try await withTemporaryDirectory { folder in
      let copier = Copier(to: try ImageLayouts(path: folder.path))
      let error = await registryError {
        _ = try await copier.copy(manifest.digest, from: source, repository, to: repository)
      }
      #expect(error?.kind == .rejected)
      #expect(
        error?.description
          == "127.0.0.1:\(server.port)/team/prereqs@\(manifest.digest): its blobs are said to have more than 1 PiB; "
          + "build the image again")
    }
  }

  /// Few that are large, and many.
  @Test(arguments: [(60, 4_100_000), (1000, 0)])
  func moreManifestsThanAnImageHasAreNotHeld(count: Int, size: Int) async throws {
    let children = (1...count).map { number in
      let filler = String(repeating: "x", count: size)
      let text =
        #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociIndex.rawValue)","manifests":[],"annotations":{"\#(number)":"\#(filler)"}}"#
      return Manifest(bytes: Array(text.utf8), mediaType: .ociIndex)
    }
    let index = ImagePusher.index(of: children)
    let server = try ScriptedServer { request in
      if request.path == "/v2/" { return .response(200, body: "{}") }
      let found = ([index] + children).first { request.path.hasSuffix("/manifests/\($0.digest)") }
      return found?.reply ?? .response(404, body: #"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#)
    }
    let source = try RegistryClient(url: server.url)
    let error = await registryError { _ = try await ImageTree(index.digest, from: source, repository) }
    #expect(
      error?.description
        == "127.0.0.1:\(server.port)/team/prereqs@\(index.digest): more than 1000 manifests, or 32 MiB of them, belong to "
        + "it")
    // What is too much is not read to its end: nine are, and those that were under way.
    if size > 0 { #expect(server.requests.count { $0.path.contains("/manifests/sha256:") } <= 1 + 9 + 7) }
  }

  @Test func aListOfReferrersWithoutEndIsGivenUp() async throws {
    let manifest = ImagePusher.manifest("one")
    let entry = #"{"mediaType":"\#(MediaType.ociManifest.rawValue)","digest":"\#(digest(2))","size":7}"#
    let body =
      #"{"schemaVersion":2,"manifests":[\#(Array(repeating: entry, count: 100).joined(separator: ","))]}"#
    let asked = Atomic(0)
    let server = try server(manifest) { _ in
      let page = asked.wrappingAdd(1, ordering: .relaxed).newValue
      return .response(
        200,
        [
          ("Content-Type", MediaType.ociIndex.rawValue),
          ("Link", "</v2/team/prereqs/referrers/\(manifest.digest)?page=\(page)>; rel=\"next\""),
        ], body: body)
    }
    let client = try RegistryClient(url: server.url)
    let error = await registryError { _ = try await client.referrers(of: manifest.digest, in: repository) }
    #expect(
      error?.description
        == "GET 127.0.0.1:\(server.port)/v2/team/prereqs/referrers/\(manifest.digest): more than 1000 referrers"
    )
    // A thousand pages of 4 MiB each would fill the memory.
    #expect(asked.load(ordering: .relaxed) == 11)
  }

  @Test func layersAreToldApartInPassing() throws {
    let layers = (0..<40_000).map { number in
      let digest = sha256(Array("\(number)".utf8))
      return #"{"digest":"\#(digest)","size":1}"#
    }
    let text =
      #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociManifest.rawValue)","layers":[\#(layers.joined(separator: ","))]}"#
    let manifest = Manifest(bytes: Array(text.utf8), mediaType: .ociManifest)
    #expect(try ManifestContent(manifest, name: "an image").blobs.count == layers.count)
  }
}
