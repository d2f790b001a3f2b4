import HTTPClient
package import Model

extension RegistryClient {
  /// What refers to the manifest `digest` (OCI distribution-spec, "Listing Referrers"); where the registry has no such
  /// listing, the entries of the tag `sha256-HEX` ("Unavailable Referrers API").
  /// - Throws: `RegistryError` where neither is certain.
  package func referrers(
    of digest: Digest, in repository: RepositoryName
  ) async throws(RegistryError) -> [ImageIndex.Entry] {
    var entries: [ImageIndex.Entry] = []
    var hasListing = true
    let accept = [HTTPRequest.Header("Accept", MediaType.ociIndex.rawValue)]
    try await forEachPage(
      of: "/v2/\(repository)/referrers/\(digest)", Access(.pull, repository), headers: accept, atMost: 1000
    ) { (response, request, isFirst) throws(RegistryError) in
      if isFirst, response.hasNoReferrers {
        hasListing = false
        return false
      }
      guard response.status == 200 else { throw failure(response, to: request) }
      guard let index = ImageIndex(json: response.body) else {
        throw RegistryError(.unexpected, "\(request.operation): the answer is no list of referrers")
      }
      entries += index.entries
      guard entries.count <= ImageTree.most else {
        throw RegistryError(.rejected, "\(request.operation): more than \(ImageTree.most) referrers")
      }
      return true
    }
    guard hasListing else { return try await referrersByTag(of: digest, in: repository)?.entries ?? [] }
    return entries
  }
}

extension HTTPResponse {
  /// What registries without the listing say to it: 404 by the specification; some refuse the path, or answer it with a
  /// page for people. A fault is neither, nor is a lack of rights.
  fileprivate var hasNoReferrers: Bool {
    switch status {
    case 404, 405, 501: true
    case 400: RegistryErrorBody(self)?.has("UNSUPPORTED", "NAME_INVALID", "DIGEST_INVALID") == true
    case 200: MediaType(contentType: headers["Content-Type"]) != .ociIndex && ImageIndex(json: body) == nil
    default: false
    }
  }
}
