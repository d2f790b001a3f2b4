import HTTPClient
package import Model

extension RegistryClient {
  /// Makes `tag` point to `digest`, which its repository has already, by a PUT of the manifest's own bytes.
  /// - Throws: `RegistryError`; `isOutcomeUnknown` tells whether the tag may have moved all the same.
  package func put(_ digest: Digest, to tag: TagReference) async throws(RegistryError) {
    let manifest = try await manifest(digest, in: tag.repository)
    // † distribution 2.8 reads files of its own while it writes them.
    let answer = try await retryingServerErrors(of: tag) { () async throws(RegistryError) in
      try await putManifest(manifest, to: .tag(tag.tag), in: tag.repository)
    }
    if answer != nil { return }
    // The answer did not say what it stored.
    let stored: Digest?
    do { stored = try await head(.tag(tag.tag), in: tag.repository) } catch {
      throw RegistryError(error.kind, error.description, isOutcomeUnknown: true)
    }
    guard stored != digest else { return }
    throw RegistryError(
      .unexpectedDigest,
      "\(address.authority)/\(tag): after a PUT of \(digest) the tag has \(stored.map { "\($0)" } ?? "no manifest")",
      isOutcomeUnknown: stored == nil)
  }

  /// Stores `manifest` under `reference` (OCI distribution-spec, "Pushing Manifests"): the digest that the answer
  /// names, which is the manifest's; nil where it names none.
  /// - Throws: `RegistryError`.
  package func putManifest(
    _ manifest: Manifest, to reference: ManifestReference, in repository: RepositoryName
  ) async throws(RegistryError) -> Digest? {
    try await store(manifest, as: reference, in: repository).digest
  }

  /// The same, and whether the registry itself lists what refers to the manifest's subject: it says so by `OCI-Subject`
  /// (OCI distribution-spec, "Pushing Manifests with Subject").
  func store(
    _ manifest: Manifest, as reference: ManifestReference, in repository: RepositoryName
  ) async throws(RegistryError) -> (digest: Digest?, listsReferrers: Bool) {
    let request = request(
      .put, "\(repository)/manifests/\(reference)", Access(.push, repository),
      headers: [HTTPRequest.Header("Content-Type", manifest.mediaType.rawValue)], body: manifest.bytes)
    let response = try await send(request)
    guard (200...202).contains(response.status) else {
      throw refusal(response, to: request, manifest, repository)
    }
    let listsReferrers = response.headers["OCI-Subject"] != nil
    guard let digest = response.contentDigest else { return (nil, listsReferrers) }
    guard digest == manifest.digest else {
      throw RegistryError(
        .unexpectedDigest,
        "\(request.operation): the registry stored \(digest) where \(manifest.digest) was sent")
    }
    seen.insert(digest, in: repository)
    return (digest, listsReferrers)
  }

  private func refusal(
    _ response: HTTPResponse, to request: RegistryRequest, _ manifest: Manifest, _ repository: RepositoryName
  ) -> RegistryError {
    guard response.namesMissingContent else { return failure(response, to: request) }
    // † distribution 2.8 also says this of an index whose children are all there, where it finds the link file of one
    // empty because another PUT is writing it; the digest that is invalid then is the empty one.
    if RegistryErrorBody(response)?.has("DIGEST_INVALID") == true {
      return RegistryError(.server, failure(response, to: request).description)
    }
    seen.remove(manifest.digest, from: repository)
    return RegistryError(
      .missingContent,
      "\(request.operation): blobs or children of \(manifest.digest) are missing in \(address.authority)/\(repository) "
        + "(\(response.summary)); push the image again")
  }
}

extension HTTPResponse {
  /// Blobs or children that are missing: a 400, a 404, or wrapped in a 500 whose own code is UNKNOWN.
  fileprivate var namesMissingContent: Bool {
    guard [400, 404, 500].contains(status), let body = RegistryErrorBody(self) else { return false }
    return body.has("MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_UNKNOWN")
      || self.body.firstRange(of: Array("blob unknown to registry".utf8)) != nil
      || self.body.firstRange(of: Array("MANIFEST_BLOB_UNKNOWN".utf8)) != nil
  }
}
