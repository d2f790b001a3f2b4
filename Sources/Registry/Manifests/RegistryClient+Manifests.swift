import HTTPClient
package import Model

extension RegistryClient {
  /// The digest of what `reference` names now, by HEAD; nil where it names nothing.
  ///
  /// Where the answer lacks `Docker-Content-Digest`, the manifest is fetched and hashed.
  /// - Throws: `RegistryError` for every answer from which neither can be concluded.
  package func head(
    _ reference: ManifestReference, in repository: RepositoryName
  ) async throws(RegistryError) -> Digest? {
    let request = manifestRequest(.head, reference, in: repository)
    guard let response = try await answer(to: request, about: reference, in: repository) else { return nil }
    guard let digest = response.contentDigest else { return try await get(reference, in: repository)?.digest }
    try require(digest, for: reference, request)
    seen.insert(digest, in: repository)
    return digest
  }

  /// What `reference` names now, checked by SHA-256; nil where it names nothing. At most 4 MiB (OCI
  /// distribution-spec, "Pushing Manifests").
  /// - Throws: `RegistryError`.
  package func get(
    _ reference: ManifestReference, in repository: RepositoryName
  ) async throws(RegistryError) -> Manifest? {
    let request = manifestRequest(.get, reference, in: repository)
    guard let response = try await answer(to: request, about: reference, in: repository) else { return nil }
    let manifest = try receive(response, to: request)
    try require(manifest.digest, for: reference, request)
    if let claimed = response.contentDigest, claimed != manifest.digest {
      throw RegistryError(
        .unexpectedDigest,
        "\(request.operation): the registry calls \(claimed) what hashes to \(manifest.digest)")
    }
    seen.insert(manifest.digest, in: repository)
    return manifest
  }

  /// The manifest `digest`, which `repository` has: from the cache only where this process saw it there.
  /// - Throws: `RegistryError`, of kind `missingManifest` where the repository lacks it.
  package func manifest(
    _ digest: Digest, in repository: RepositoryName
  ) async throws(RegistryError) -> Manifest {
    if seen.contains(digest, in: repository), let cached = await cache.manifest(digest) { return cached }
    guard let manifest = try await get(.digest(digest), in: repository) else {
      throw RegistryError(
        .missingManifest,
        "\(digest) is not in \(address.authority)/\(repository); push the image there, or declare another "
          + "digest"
      )
    }
    cache.keep(manifest)
    return manifest
  }

  /// The answer that describes a manifest; nil where a registry says that there is none.
  private func answer(
    to request: RegistryRequest, about reference: ManifestReference, in repository: RepositoryName
  ) async throws(RegistryError) -> HTTPResponse? {
    let response = try await send(request)
    switch response.status {
    case 200:
      try requireManifestType(response, to: request)
      return response
    case 404:
      guard !response.isRedirected || response.isNamedByRegistry else {
        throw RegistryError(
          .unexpected,
          "\(request.operation): answered 404 by what a redirect led to, which is not a registry: whether the "
            + "\(reference.noun) is there is not known; check the registry's storage")
      }
      try await believe(response, to: request)
      if case .digest(let digest) = reference { seen.remove(digest, from: repository) }
      return nil
    default: throw failure(response, to: request)
    }
  }

  private func receive(_ response: HTTPResponse, to request: RegistryRequest) throws(RegistryError)
    -> Manifest
  {
    do {
      return try Manifest(received: response.body, contentType: response.headers["Content-Type"])
    } catch {
      throw RegistryError(.rejected, "\(request.operation): not a manifest that can be tagged: \(error)")
    }
  }

  private func requireManifestType(
    _ response: HTTPResponse, to request: RegistryRequest
  ) throws(RegistryError) {
    let contentType = response.headers["Content-Type"]
    guard MediaType(contentType: contentType) == nil else { return }
    let found = contentType.map { "the content type \(response.quoted($0))" } ?? "no content type"
    throw RegistryError(
      .unexpected,
      "\(request.operation): answered 200 with \(found), "
        + "which is no manifest's; check whether a proxy or a portal stands before \(address.authority)")
  }

  private func require(
    _ digest: Digest, for reference: ManifestReference, _ request: RegistryRequest
  ) throws(RegistryError) {
    guard case .digest(let wanted) = reference, wanted != digest else { return }
    throw RegistryError(.unexpectedDigest, "\(request.operation): the registry answered with \(digest)")
  }
}

extension ManifestReference {
  fileprivate var noun: String {
    switch self {
    case .tag: "tag"
    case .digest: "manifest"
    }
  }
}

extension HTTPResponse {
  /// A registry's, by its head alone: a store of objects that a redirect led to answers in XML, or with nothing.
  fileprivate var isNamedByRegistry: Bool {
    headers["Docker-Distribution-Api-Version"] != nil
      || headers["Content-Type"]?.lowercased().hasPrefix("application/json") == true
  }

  /// Nil where the field is absent, or of another algorithm than SHA-256.
  var contentDigest: Digest? { headers["Docker-Content-Digest"].flatMap { try? Digest($0) } }
}
