package import HTTPClient
package import Model

extension RegistryClient {
  /// Whether `repository` has the blob `digest` (OCI distribution-spec, "Checking if content exists in the registry").
  /// - Throws: `RegistryError` for every answer from which neither can be concluded.
  package func hasBlob(_ digest: Digest, in repository: RepositoryName) async throws(RegistryError) -> Bool {
    let request = blobRequest(.head, digest, in: repository)
    let response = try await send(request)
    switch response.status {
    case 200:
      guard !response.isHTML else { throw pageInstead(response, of: request) }
      if let claimed = response.contentDigest, claimed != digest {
        throw RegistryError(.unexpectedDigest, "\(request.operation): the registry answered with \(claimed)")
      }
      return true
    case 404:
      try await believe(response, to: request)
      return false
    default: throw failure(response, to: request)
    }
  }

  /// The bytes of the blob `digest` (OCI distribution-spec, "Pulling blobs"), which is asked for when the first piece
  /// is.
  ///
  /// They end with an error unless there are `size` of them and they hash to `digest`. Where the connection breaks, the
  /// rest is asked for, a bounded number of times. Redirects to a store elsewhere are followed without credentials.
  /// Every error is a `RegistryError`: of kind `missingContent` where the repository lacks the blob.
  package func blob(_ digest: Digest, size: Int, in repository: RepositoryName) -> any ByteSource {
    BlobReader(digest, size: size, in: repository, of: self)
  }

  func blobRequest(
    _ method: HTTPRequest.Method, _ digest: Digest, in repository: RepositoryName,
    headers: [HTTPRequest.Header] = []
  ) -> RegistryRequest {
    request(method, "\(repository)/blobs/\(digest)", Access(.pull, repository), headers: headers)
  }

  /// The repository lacks the blob that `request` asked for.
  func missingBlob(_ response: HTTPResponse, to request: RegistryRequest) -> RegistryError {
    RegistryError(
      .missingContent,
      "\(request.operation): the registry answered \(response.summary); push the image again")
  }
}
