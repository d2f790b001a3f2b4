import HTTPClient
package import Model

extension RegistryClient {
  /// Deletes a tag and nothing else, by the way that is known to do so on this kind of registry.
  /// - Throws: `RegistryError` where the registry failed, or keeps the tag from being deleted.
  package func deleteTag(_ tag: TagReference) async throws(RegistryError) -> DeletionOutcome {
    let outcome = try await deleteByItsWay(tag)
    // A 404 may also mean that there is no such route, or no such right: then the tag is still there.
    guard outcome == .absent, let left = try await head(.tag(tag.tag), in: tag.repository) else {
      return outcome
    }
    throw RegistryError(
      .unexpected,
      "\(address.authority)/\(tag): the registry answered 404 to the tag's deletion, and the tag still has "
        + "\(left.short); check what the credentials for \(address.authority) may do")
  }

  private func deleteByItsWay(_ tag: TagReference) async throws(RegistryError) -> DeletionOutcome {
    switch kind.traits.tagDeletion {
    case .native: break
    case .acr: return try await deleteACRTag(tag)
    case .refused:
      return .unsupported(
        "\(kind.traits.name) deletes no tag by the registry API; delete it in its own interface")
    case .proven:
      let proof = try await tagDeletion.proof(for: tag.repository) { [self] () async throws(RegistryError) in
        try await proveTagDeletion(in: tag.repository)
      }
      guard proof == .deleted else { return proof }
    }
    return try await delete(.tag(tag.tag), in: tag.repository)
  }

  /// Deletes a manifest, and with it every tag that points to it (OCI distribution-spec, "Deleting Manifests").
  /// Only ever for our own tombstone.
  /// - Throws: `RegistryError` for every other answer.
  package func deleteManifest(
    _ digest: Digest, in repository: RepositoryName
  ) async throws(RegistryError) -> DeletionOutcome {
    let outcome = try await delete(.digest(digest), in: repository)
    if outcome == .deleted || outcome == .absent { seen.remove(digest, from: repository) }
    return outcome
  }

  /// Sends the specification's DELETE, which on some registries takes more than the tag.
  func delete(
    _ reference: ManifestReference, in repository: RepositoryName
  ) async throws(RegistryError) -> DeletionOutcome {
    let request = request(.delete, "\(repository)/manifests/\(reference)", Access(.delete, repository))
    let response = try await send(request)
    let errors = RegistryErrorBody(response)
    switch response.status {
    case 200, 202, 204:
      try requireNoPage(response, to: request)
      return .deleted
    case 404 where errors != nil: return .absent
    // distribution 2.8: 405 UNSUPPORTED where deletes are off, 400 DIGEST_INVALID for a tag where they are on.
    case 400 where errors?.has("UNSUPPORTED", "DIGEST_INVALID") == true,
      405 where errors?.has("UNSUPPORTED", "DIGEST_INVALID") == true:
      return .unsupported("\(request.operation): the registry answered \(response.summary)")
    // distribution 2.8 in read-only mode: 405 and `Method not allowed` as plain text.
    case 405 where errors == nil: return .readOnly(failure(response, to: request).description)
    default: throw failure(response, to: request)
    }
  }
}
