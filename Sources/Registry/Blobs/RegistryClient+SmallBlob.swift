import HTTPClient
package import Model

extension RegistryClient {
  /// The blob `digest`, checked by SHA-256 (OCI distribution-spec, "Pulling blobs"). For configurations: at most 4 MiB.
  ///
  /// Many registries answer with a redirect to a store elsewhere, which sees no credentials: libcurl drops them.
  package func smallBlob(
    _ digest: Digest, in repository: RepositoryName
  ) async throws(RegistryError) -> [UInt8] {
    let request = blobRequest(.get, digest, in: repository)
    let response = try await send(request)
    switch response.status {
    case 200: break
    case 404 where !response.isHTML: throw missingBlob(response, to: request)
    default: throw failure(response, to: request)
    }
    let actual = sha256(response.body)
    guard actual == digest else {
      throw RegistryError(.unexpectedDigest, "\(request.operation): what was sent hashes to \(actual)")
    }
    return response.body
  }
}
