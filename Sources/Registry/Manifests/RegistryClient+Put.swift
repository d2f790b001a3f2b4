import HTTPClient
package import Model

extension RegistryClient {
  /// Makes `tag` point to `digest`, which its repository has already, by a PUT of the manifest's own bytes.
  /// - Parameter answered: Called after each of the requests that this takes but the last.
  /// - Throws: `RegistryError`; `isOutcomeUnknown` tells whether the tag may have moved all the same.
  package func put(
    _ digest: Digest, to tag: TagReference, answered: @Sendable () -> Void = {}
  ) async throws(RegistryError) {
    let manifest = try await manifest(digest, in: tag.repository)
    answered()
    if try await putManifest(manifest, to: .tag(tag.tag), in: tag.repository) != nil { return }
    answered()
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
  ///
  /// The same bytes at the same place: it is tried again after a fault. Where somebody else wrote the tag in between,
  /// that is overwritten as by a write that came a moment later; one writer per tag is the rule.
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
    var request = request(
      .put, "\(repository)/manifests/\(reference)", Access(.push, repository),
      headers: [HTTPRequest.Header("Content-Type", manifest.mediaType.rawValue)], body: manifest.bytes)
    request.isRepeatable = true
    let answer = try await sendRepeatedly(request) { response in
      response.isTornRead || response.isTransient && !response.namesMissingContent
    }
    let response = answer.response
    guard (200...202).contains(response.status) else {
      let refusal = refusal(response, to: request, manifest, repository)
      throw answer.mayHaveTakenEffect ? refusal.withUnknownOutcome : refusal
    }
    try requireNoPage(response, to: request)
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
    if response.isTornRead {
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
  /// † distribution 2.8 calls blobs unknown of an index whose children are all there, where it finds the link file of
  /// one empty because another PUT is writing it; the digest that is invalid then is the empty one.
  fileprivate var isTornRead: Bool {
    namesMissingContent && RegistryErrorBody(self)?.has("DIGEST_INVALID") == true
  }

  /// Blobs or children that are missing: a 400, a 404, or wrapped in a 500 whose own code is UNKNOWN.
  fileprivate var namesMissingContent: Bool {
    guard [400, 404, 500].contains(status), let body = RegistryErrorBody(self) else { return false }
    return body.has("MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_UNKNOWN")
      || self.body.firstRange(of: Array("blob unknown to registry".utf8)) != nil
      || self.body.firstRange(of: Array("MANIFEST_BLOB_UNKNOWN".utf8)) != nil
  }
}
