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
    try await forEachPage(
      of: referrersPath(digest, repository), Access(.pull, repository), headers: Self.referrersFields,
      atMost: 1000
    ) { (response, request, isFirst) throws(RegistryError) in
      guard let page = try referrersPage(response, to: request) else {
        guard isFirst else { throw failure(response, to: request) }
        hasListing = false
        return false
      }
      entries += page.entries
      guard entries.count <= ImageTree.most else {
        throw RegistryError(.rejected, "\(request.operation): more than \(ImageTree.most) referrers")
      }
      return true
    }
    guard hasListing else { return try await referrersByTag(of: digest, in: repository)?.entries ?? [] }
    return entries
  }

  /// Whether the registry lists what refers to the manifest `digest`, by one page of the listing.
  /// - Throws: `RegistryError` where neither is certain.
  func listsReferrers(of digest: Digest, in repository: RepositoryName) async throws(RegistryError) -> Bool {
    let request = request(
      .get, outside: referrersPath(digest, repository), Access(.pull, repository),
      headers: Self.referrersFields)
    return try referrersPage(try await send(request), to: request) != nil
  }

  private func referrersPath(_ digest: Digest, _ repository: RepositoryName) -> String {
    "/v2/\(repository)/referrers/\(digest)"
  }

  private static let referrersFields = [HTTPRequest.Header("Accept", MediaType.ociIndex.rawValue)]

  /// A page of the listing; nil for an answer by which a registry shows that it has none.
  private func referrersPage(
    _ response: HTTPResponse, to request: RegistryRequest
  ) throws(RegistryError) -> ImageIndex? {
    if response.hasNoReferrers { return nil }
    guard response.status == 200 else { throw failure(response, to: request) }
    guard let page = ImageIndex(json: response.body) else {
      throw RegistryError(.unexpected, "\(request.operation): the answer is no list of referrers")
    }
    return page
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
