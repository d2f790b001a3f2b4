package import Model

extension RegistryClient {
  /// The tags that a listing of `repository` shows, in its order (OCI distribution-spec, "Listing Tags"). A listing
  /// lags on some registries: it never proves that a tag is absent.
  ///
  /// A repository that the registry doesn't know has none. Names that are no tags are left out.
  /// - Throws: `RegistryError`.
  package func tags(in repository: RepositoryName) async throws(RegistryError) -> [TagName] {
    try await tags(in: repository, atMost: 1_000_000)
  }

  /// - Parameter limit: Of more tags than these no memory would be enough.
  func tags(in repository: RepositoryName, atMost limit: Int) async throws(RegistryError) -> [TagName] {
    let path = "/v2/\(repository)/tags/list"
    var tags: [TagName] = []
    try await forEachTagPage(of: path + "?n=1000", in: repository) { (page: TagPage) in
      tags += (page.tags ?? []).compactMap { try? TagName($0) }
      return tags.count <= limit
    }
    guard tags.count <= limit else {
      throw RegistryError(
        .unexpected, "GET \(address.authority)\(path): the listing has more than \(limit) tags")
    }
    return tags
  }
}
