import Model

/// What a listing tells of a repository's tags.
enum DigestListing: Hashable, Sendable {
  /// Tags that it names once, with what each points to.
  case digests([TagName: Digest])
  /// It tells tags alone, as the specification has it.
  case withoutDigests
  /// It has as many pages as were to be read, or more.
  case tooLong
}

extension RegistryClient {
  /// Lists `repository` where one listing tells all digests: Azure Container Registry's own
  /// (https://learn.microsoft.com/rest/api/containerregistry/tag/get-list), and the specification's where it has a map of
  /// manifests as Google's registries send it, on whatever host.
  /// - Parameter answered: Called once a page has come.
  /// - Throws: `RegistryError`.
  func listDigests(
    in repository: RepositoryName, pages limit: Int, answered: () -> Void = {}
  ) async throws(RegistryError) -> DigestListing {
    var listing = TagDigests()
    var pages = 0
    var end: DigestListing?
    func takes(_ digestsOfPage: [(digest: String, tags: [String])]?) -> Bool {
      pages += 1
      answered()
      guard let digestsOfPage else {
        end = .withoutDigests
        return false
      }
      for (digest, tags) in digestsOfPage { listing.take(tags, at: digest) }
      if pages == limit { end = .tooLong }
      return end == nil
    }
    if kind == .acr {
      let path = "\(Self.acrTagsPath(of: repository))?n=1000"
      try await forEachTagPage(of: path, in: repository) { (page: ACRTag.Page) in
        takes((page.tags ?? []).map { ($0.digest, [$0.name]) })
      }
    } else {
      try await forEachTagPage(of: "/v2/\(repository)/tags/list?n=1000", in: repository) { (page: TagPage) in
        takes(page.manifest?.map { ($0.key, $0.value.tag ?? []) })
      }
    }
    return end ?? .digests(listing.certain)
  }
}

/// Tags with their digests, but for those of which a listing says two things.
private struct TagDigests {
  private var digests: [TagName: Digest?] = [:]

  mutating func take(_ tags: [String], at digest: String) {
    let digest = try? Digest(digest)
    for tag in tags.compactMap({ try? TagName($0) }) {
      digests.updateValue(digests[tag].map { $0 == digest ? digest : nil } ?? digest, forKey: tag)
    }
  }

  var certain: [TagName: Digest] { digests.compactMapValues(\.self) }
}
