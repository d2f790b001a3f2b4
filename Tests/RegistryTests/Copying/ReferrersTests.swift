import Model
import TestSupport
import Testing

@testable import Registry

@Suite struct ReferrersTests {
  private let image = digest(1)
  private let indexFields = [("Content-Type", MediaType.ociIndex.rawValue)]

  private func page(_ digests: [Digest], next: String? = nil) -> ScriptedReply {
    let entries = digests.map {
      #"{"mediaType":"\#(MediaType.ociManifest.rawValue)","digest":"\#($0)","size":7,"artifactType":"a/b"}"#
    }
    let body = #"{"schemaVersion":2,"manifests":[\#(entries.joined(separator: ","))]}"#
    let link = next.map { [("Link", "<\($0)>; rel=\"next\"")] } ?? []
    return .answer(status: 200, headers: indexFields + link, body: Array(body.utf8))
  }

  @Test func listsEveryPage() async throws {
    let next = "/v2/team/prereqs/referrers/\(image)?last=2"
    let server = try ScriptedServer(replies: [page([digest(2), digest(3)], next: next), page([digest(4)])])
    let client = try RegistryClient(url: server.url)
    let listed = try await client.referrers(of: image, in: repository)
    #expect(listed.map(\.descriptor.digest) == [digest(2), digest(3), digest(4)])
    #expect(listed.allSatisfy { $0.members["artifactType"] == .string("a/b") })
    #expect(server.requests.map(\.target) == ["/v2/team/prereqs/referrers/\(image)", next])
    #expect(server.requests.allSatisfy { $0.header("Accept") == MediaType.ociIndex.rawValue })
  }

  @Test func aPageThatIsMissingIsNoEnd() async throws {
    let next = "/v2/team/prereqs/referrers/\(image)?last=2"
    let server = try ScriptedServer(replies: [page([digest(2)], next: next), .response(404)])
    let client = try RegistryClient(url: server.url)
    let error = await registryError { _ = try await client.referrers(of: image, in: repository) }
    #expect(error?.kind == .unexpected)
    #expect(server.requests.count == 2)
  }

  @Test func aListingCountsWhateverItIsCalled() async throws {
    let body = #"{"schemaVersion":2,"manifests":[]}"#
    let server = try ScriptedServer(
      replies: [.response(200, [("Content-Type", "application/json")], body: body)])
    #expect(try await RegistryClient(url: server.url).referrers(of: image, in: repository) == [])
  }

  /// What registries without the listing are known to answer.
  @Test(arguments: [
    ScriptedReply.response(404), .response(405), .response(501),
    .response(400, body: #"{"errors":[{"code":"UNSUPPORTED"}]}"#),
    .response(400, body: #"{"errors":[{"code":"NAME_INVALID"}]}"#),
    .response(400, body: #"{"errors":[{"code":"DIGEST_INVALID"}]}"#),
    .response(200, [("Content-Type", "text/html")], body: "<html>"),
  ])
  func asksTheTagWhereThereIsNoListing(_ answer: ScriptedReply) async throws {
    var index = ImageIndex()
    index.entries = [
      ImageIndex.Entry(Descriptor(mediaType: MediaType.ociManifest.rawValue, digest: digest(2), size: 7))
    ]
    let server = try ScriptedServer(
      replies: [answer, Manifest(bytes: index.bytes, mediaType: .ociIndex).reply])
    let client = try RegistryClient(url: server.url)
    let listed = try await client.referrers(of: image, in: repository)
    #expect(listed.map(\.descriptor.digest) == [digest(2)])
    #expect(server.requests.map(\.target).last == "/v2/team/prereqs/manifests/sha256-\(image.hex)")
  }

  @Test(arguments: [
    (ScriptedReply.response(403), RegistryError.Kind.denied), (.response(400), .rejected),
    (
      .answer(status: 200, headers: [("Content-Type", MediaType.ociIndex.rawValue)], body: Array("{}".utf8)),
      .unexpected
    ),
  ])
  func whatIsNotSaidIsAnError(_ answer: ScriptedReply, _ kind: RegistryError.Kind) async throws {
    let server = try ScriptedServer(replies: [answer])
    let client = try RegistryClient(url: server.url)
    let error = await registryError { _ = try await client.referrers(of: image, in: repository) }
    #expect(error?.kind == kind)
    #expect(server.requests.count == 1)
  }

  @Test func aRegistryTellsThatItListsReferrers() async throws {
    let manifest = ImagePusher.manifest("one")
    for fields in [[("OCI-Subject", image.description)], []] {
      let server = try ScriptedServer { _ in .response(201, fields) }
      let client = try RegistryClient(url: server.url)
      let lists = try await client.push(manifest, as: .digest(manifest.digest), to: repository)
      #expect(lists == !fields.isEmpty)
    }
  }

  /// Else what others attached to the image would be lost.
  @Test(arguments: [false, true]) func nothingIsWrittenOverWhatMayBeThere(isAttached: Bool) async throws {
    try await withTemporaryDirectory { folder in
      let source = try ImageLayouts(path: folder.path)
      let image = try await source.pushImage("one", to: repository)
      let signature = try await source.pushImage("signature", subject: image.digest, to: repository)
      if isAttached {
        _ = try await source.push(signature, as: .tag(image.digest.referrersTag(".sig")), to: repository)
      } else {
        try await source.list([signature], of: image.digest, in: repository)
      }
      let server = try ScriptedServer { request in
        switch request.method {
        case "GET" where request.target == "/v2/": .response(200, body: "{}")
        case "HEAD" where request.path.contains("/blobs/"): .response(200)
        case "PUT": .response(201)
        default: .response(404, [("Content-Type", "text/plain")], body: "404 page not found\n")
        }
      }
      let target = try RegistryClient(url: server.url)
      let error = await registryError {
        _ = try await Copier(to: target).copy(image.digest, from: source, repository, to: repository)
      }
      #expect(error?.kind == .notARegistry)
      #expect(
        server.requests.filter { $0.method == "PUT" }.map(\.path)
          == ["/v2/team/prereqs/manifests/\(signature.digest)"])
    }
  }
}
