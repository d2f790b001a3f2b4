package import HTTPClient
package import Model
package import Registry

/// Pushes tiny images: a config, one layer and a manifest, all made from a text.
package struct ImagePusher: Sendable {
  package enum Format: Sendable, CaseIterable { case oci, docker }

  private let address: RegistryURL
  private let transport: Transport

  package init(_ address: RegistryURL, transport: Transport) {
    self.address = address
    self.transport = transport
  }

  /// The digest of an image whose content is `content`, after pushing it to `repository` by digest, and then to each
  /// of `tags`.
  /// - Parameter created: What its configuration says of when it was built; nil for nothing.
  @discardableResult
  package func push(
    _ content: String, to repository: RepositoryName, as tags: TagName..., format: Format = .oci,
    created: String? = nil
  ) async throws -> Digest {
    let manifest = Self.manifest(content, format: format, created: created)
    for blob in [Self.config(content, created: created), Self.layer(content)] {
      try await push(blob, to: repository)
    }
    try await put(manifest, to: repository, tags)
    return manifest.digest
  }

  /// The digest of an index of the images `digests`, which the repository has already.
  @discardableResult
  package func pushIndex(
    of manifests: [Manifest], to repository: RepositoryName, as tags: TagName...
  ) async throws -> Digest {
    let index = Self.index(of: manifests)
    try await put(index, to: repository, tags)
    return index.digest
  }

  /// The manifest that `push` stores.
  package static func manifest(
    _ content: String, format: Format = .oci, created: String? = nil
  ) -> Manifest {
    let (type, configType, layerType) =
      switch format {
      case .oci:
        (
          MediaType.ociManifest, "application/vnd.oci.image.config.v1+json",
          "application/vnd.oci.image.layer.v1.tar"
        )
      case .docker:
        (
          MediaType.dockerManifest, "application/vnd.docker.container.image.v1+json",
          "application/vnd.docker.image.rootfs.diff.tar"
        )
      }
    let config = descriptor(configType, config(content, created: created))
    let layer = descriptor(layerType, layer(content))
    let text =
      #"{"schemaVersion":2,"mediaType":"\#(type.rawValue)","config":\#(config),"layers":[\#(layer)]}"#
    return Manifest(bytes: Array(text.utf8), mediaType: type)
  }

  package static func index(of manifests: [Manifest]) -> Manifest {
    let children = manifests.map { descriptor($0.mediaType.rawValue, $0.bytes) }.joined(separator: ",")
    let text =
      #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociIndex.rawValue)","manifests":[\#(children)]}"#
    return Manifest(bytes: Array(text.utf8), mediaType: .ociIndex)
  }

  private static func descriptor(_ type: String, _ bytes: [UInt8]) -> String {
    #"{"mediaType":"\#(type)","size":\#(bytes.count),"digest":"\#(sha256(bytes))"}"#
  }

  private static func layer(_ content: String) -> [UInt8] { Array(content.utf8) }

  /// The configuration that `push` stores.
  package static func config(_ content: String, created: String? = nil) -> [UInt8] {
    let layer = sha256(layer(content))
    let time = created.map { #""created":"\#($0)","# } ?? ""
    return Array(
      #"{\#(time)"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["\#(layer)"]}}"#
        .utf8)
  }

  private func put(_ manifest: Manifest, to repository: RepositoryName, _ tags: [TagName]) async throws {
    let client = RegistryClient(address, transport: transport)
    for reference in [.digest(manifest.digest)] + tags.map(ManifestReference.tag) {
      _ = try await client.putManifest(manifest, to: reference, in: repository)
    }
  }

  /// OCI distribution-spec, "Pushing a blob monolithically: POST then PUT".
  private func push(_ blob: [UInt8], to repository: RepositoryName) async throws {
    let start = try await transport.send(HTTPRequest(.post, "\(address)/v2/\(repository)/blobs/uploads/"))
    guard start.status == 202, let location = start.headers["Location"] else {
      throw PushFailed(status: start.status, body: start.body)
    }
    let url = location.hasPrefix("/") ? "\(address)\(location)" : location
    let end = try await transport.send(
      HTTPRequest(
        .put, "\(url)\(url.contains("?") ? "&" : "?")digest=\(sha256(blob))",
        headers: [HTTPRequest.Header("Content-Type", "application/octet-stream")], body: blob))
    guard end.status == 201 else { throw PushFailed(status: end.status, body: end.body) }
  }
}

private struct PushFailed: Error, CustomStringConvertible {
  let status: Int
  let body: [UInt8]

  var description: String { "the push was answered \(status): \(String(decoding: body, as: UTF8.self))" }
}
