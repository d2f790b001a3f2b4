package import Model

extension RegistryClient {
  /// The tags that a listing of `repository` shows, in its order (OCI distribution-spec, "Listing Tags"). A listing
  /// lags on some registries: it never proves that a tag is absent.
  ///
  /// A repository that the registry doesn't know has none. Names that are no tags are left out.
  /// - Throws: `RegistryError`.
  package func tags(in repository: RepositoryName) async throws(RegistryError) -> [TagName] {
    var tags: [TagName] = []
    try await forEachTagPage(of: "/v2/\(repository)/tags/list?n=1000", in: repository) { (page: TagPage) in
      tags += (page.tags ?? []).compactMap { try? TagName($0) }
      return true
    }
    return tags
  }
}
