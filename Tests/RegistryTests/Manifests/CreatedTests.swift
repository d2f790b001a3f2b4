import HTTPClient
import Model
import Registry
import TestSupport
import Testing

/// When an image was built, by its configuration.
@Suite struct CreatedTests {
  private let early = "2026-08-15T05:18:56.7683888Z"
  private let late = "2026-08-15T07:18:57+01:00"

  private func blob(_ bytes: [UInt8]) -> String { sha256(bytes).description }

  /// Serves these manifests and blobs, each by its digest.
  private func server(_ manifests: [Manifest], blobs: [[UInt8]] = []) throws -> ScriptedServer {
    let blobs = Dictionary(uniqueKeysWithValues: blobs.map { (sha256($0).description, $0) })
    return try ScriptedServer { request in
      let digest = request.path.split(separator: "/").last.map(String.init) ?? ""
      if let manifest = manifests.first(where: { $0.digest.description == digest }) { return manifest.reply }
      guard let bytes = blobs[digest] else {
        return .response(404, body: #"{"errors":[{"code":"BLOB_UNKNOWN","message":"scripted"}]}"#)
      }
      return .answer(status: 200, headers: [], body: bytes)
    }
  }

  private func manifest(
    config: [UInt8], type: String = "application/vnd.oci.image.config.v1+json", digest: String? = nil
  ) -> Manifest {
    let descriptor =
      #"{"mediaType":"\#(type)","size":\#(config.count),"digest":"\#(digest ?? blob(config))"}"#
    let text =
      #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociManifest.rawValue)","config":\#(descriptor),"layers":[]}"#
    return Manifest(bytes: Array(text.utf8), mediaType: .ociManifest)
  }

  private func index(_ children: [String], mediaType: MediaType = .ociIndex) -> Manifest {
    let text =
      #"{"schemaVersion":2,"mediaType":"\#(mediaType.rawValue)","manifests":[\#(children.joined(separator: ","))]}"#
    return Manifest(bytes: Array(text.utf8), mediaType: mediaType)
  }

  private func child(_ manifest: Manifest, annotations: String = "{}") -> String {
    #"{"mediaType":"\#(manifest.mediaType.rawValue)","size":\#(manifest.bytes.count),"#
      + #""digest":"\#(manifest.digest)","annotations":\#(annotations)}"#
  }

  /// The message with which the time of `manifest` is not known.
  private func failure(
    of manifest: Manifest, _ server: ScriptedServer, _ location: SourceLocation = #_sourceLocation
  ) async throws -> (kind: RegistryError.Kind?, message: String?) {
    let client = try RegistryClient(url: server.url)
    let error = await registryError(location) {
      _ = try await client.created(of: manifest.digest, in: repository)
    }
    let image = "127.0.0.1:\(server.port)/team/prereqs@\(manifest.digest)"
    return (error?.kind, error?.description.replacing(image, with: "IMAGE"))
  }

  @Test(arguments: [ImagePusher.Format.oci, .docker]) func anImageSaysWhenItWasBuilt(
    format: ImagePusher.Format
  ) async throws {
    let image = ImagePusher.manifest("one", format: format, created: early)
    let server = try server([image], blobs: [ImagePusher.config("one", created: early)])
    let client = try RegistryClient(url: server.url)
    #expect(
      try await client.created(of: image.digest, in: repository).description == "2026-08-15T05:18:56.768Z")
    #expect(
      server.requests.map(\.target) == [
        "/v2/team/prereqs/manifests/\(image.digest)",
        "/v2/team/prereqs/blobs/\(blob(ImagePusher.config("one", created: early)))",
      ])
  }

  @Test(arguments: [MediaType.ociIndex, .dockerList]) func anIndexIsAsNewAsItsNewestImage(
    mediaType: MediaType
  ) async throws {
    let images = [
      ImagePusher.manifest("one", created: early),
      ImagePusher.manifest("two", format: .docker, created: late),
      ImagePusher.manifest("three", created: "1970-01-01T00:00:00Z"),
    ]
    // BuildKit's attestation: its configuration has no time.
    let attestation = ImagePusher.manifest("provenance")
    let inner = index([child(images[1])])
    let outer = index(
      [
        child(images[0]), child(inner), child(images[2]),
        child(attestation, annotations: #"{"vnd.docker.reference.type":"attestation-manifest"}"#),
      ], mediaType: mediaType)
    let configs = [
      ImagePusher.config("one", created: early), ImagePusher.config("two", created: late),
      ImagePusher.config("three", created: "1970-01-01T00:00:00Z"),
    ]
    let server = try server(images + [inner, outer], blobs: configs)
    let client = try RegistryClient(url: server.url)
    #expect(try await client.created(of: outer.digest, in: repository) == Timestamp(late))
  }

  @Test func aBlobElsewhereIsReadWithoutTheCredentials() async throws {
    let image = ImagePusher.manifest("one", created: early)
    let store = try ScriptedServer(replies: [
      .answer(status: 200, headers: [], body: ImagePusher.config("one", created: early))
    ])
    let place = store.url + "/bucket/one?signature=x"
    let server = try ScriptedServer { request in
      if let challenge = basicChallenge(request) { return challenge }
      return request.path.contains("/manifests/") ? image.reply : .response(307, [("Location", place)])
    }
    let client = try RegistryClient(
      url: server.url, credentials: RegistryCredentials(username: "bot", password: testSecret()))
    #expect(try await client.created(of: image.digest, in: repository) == Timestamp(early))
    #expect(
      server.requests.dropFirst().allSatisfy { $0.header("Authorization") == basicField("bot", testSecret()) }
    )
    #expect(store.requests.map(\.target) == ["/bucket/one?signature=x"])
    #expect(store.requests[0].header("Authorization") == nil)
  }

  @Test func aTimeThatIsMissingIsNamed() async throws {
    let none = Array(#"{"architecture":"amd64"}"#.utf8)
    let broken = Array(#"{"created":"yesterday"}"#.utf8)
    let list = Array("[]".utf8)
    for (config, message) in [
      (none, "IMAGE: its configuration has no \"created\" time"),
      (broken, "IMAGE: its configuration's \"created\": \"yesterday\" is not a time"),
      (list, "IMAGE: its configuration is no JSON object of an image"),
    ] {
      let image = manifest(config: config)
      let found = try await failure(of: image, server([image], blobs: [config]))
      #expect(found.kind == .rejected && found.message == message)
    }
  }

  @Test func whatIsNoImageHasNoTime() async throws {
    let artifact = manifest(config: [], type: "application/vnd.oci.empty.v1+json")
    #expect(
      try await failure(of: artifact, server([artifact])).message
        == "IMAGE: it is no image: it has a configuration of type \"application/vnd.oci.empty.v1+json\"")
    let empty = index([])
    #expect(try await failure(of: empty, server([empty])).message == "IMAGE: it is an index without an image")
    let foreign = manifest(config: [], digest: "sha512:00")
    #expect(
      try await failure(of: foreign, server([foreign])).message
        == "IMAGE: in a descriptor \"sha512:00\" is not a digest")
    var nested = [index([])]
    for _ in 0..<4 { nested.append(index([child(nested[nested.count - 1])])) }
    let found = try await failure(of: nested[4], server(nested))
    #expect(found.message?.hasSuffix(": indexes are nested more than 3 deep") == true)
  }

  @Test func aConfigurationThatIsMissingOrForgedIsAnError() async throws {
    let image = ImagePusher.manifest("one", created: early)
    let config = blob(ImagePusher.config("one", created: early))
    let without = try server([image])
    let path = "GET 127.0.0.1:\(without.port)/v2/team/prereqs/blobs/\(config)"
    let missing = try await failure(of: image, without)
    #expect(missing.kind == .missingContent)
    #expect(
      missing.message
        == "\(path): the registry answered 404 BLOB_UNKNOWN \"scripted\"; push the image again")
    let portal = try ScriptedServer { request in
      request.path.contains("/manifests/")
        ? image.reply : .response(404, [("Content-Type", "text/html")], body: "<html>")
    }
    let page = try await failure(of: image, portal)
    #expect(page.kind == .unexpected)
    #expect(page.message?.hasSuffix("/blobs/\(config): the registry answered 404 and a page of HTML") == true)
    let forged = try ScriptedServer { request in
      request.path.contains("/manifests/")
        ? image.reply : .response(200, body: #"{"created":"2030-01-01T00:00:00Z"}"#)
    }
    let found = try await failure(of: image, forged)
    #expect(found.kind == .unexpectedDigest)
    #expect(found.message?.contains("/blobs/\(config): what was sent hashes to sha256:") == true)
  }

  @Test(arguments: [(2, nil), (3, RegistryError.Kind.server)]) func aServerErrorIsAskedAgain(
    failures: Int, expected: RegistryError.Kind?
  ) async throws {
    let image = ImagePusher.manifest("one", created: early)
    let replies = Array(repeating: ScriptedReply.response(503), count: failures)
    let server = try ScriptedServer(
      replies: [image.reply] + replies + [
        .answer(status: 200, headers: [], body: ImagePusher.config("one", created: early))
      ])
    let client = try RegistryClient(url: server.url)
    if let expected {
      let error = await registryError { _ = try await client.created(of: image.digest, in: repository) }
      #expect(error?.kind == expected && server.requests.count == 4)
    } else {
      #expect(try await client.created(of: image.digest, in: repository) == Timestamp(early))
    }
  }
}
