import HTTPClient
package import Model

extension RegistryClient {
  /// The tags that a listing of `repository` shows, in its order (OCI distribution-spec, "Listing Tags"). A listing
  /// lags on some registries: it never proves that a tag is absent.
  ///
  /// A repository that the registry doesn't know has none. Names that are no tags are left out.
  /// - Throws: `RegistryError`.
  package func tags(in repository: RepositoryName) async throws(RegistryError) -> [TagName] {
    var tags: [TagName] = []
    var path: String? = "\(repository)/tags/list?n=1000"
    var pages = 0
    while let next = path {
      pages += 1
      let request = request(.get, next, Access(.list, repository), maximumBodySize: 16 << 20)
      guard pages <= Self.maximumPages else {
        throw RegistryError(.unexpected, "\(request.operation): the listing has no end")
      }
      let response = try await send(request)
      if response.status == 404, pages == 1, RegistryErrorBody(response)?.has("NAME_UNKNOWN") == true {
        return []
      }
      guard response.status == 200 else { throw failure(response, to: request) }
      guard let page = TagPage(json: response.body) else {
        throw RegistryError(.unexpected, "\(request.operation): the answer is no list of tags")
      }
      tags += (page.tags ?? []).compactMap { try? TagName($0) }
      path = try nextPage(response, after: request)
      guard path != next else {
        throw RegistryError(
          .unexpected, "\(request.operation): a page of the listing names itself as the next")
      }
    }
    return tags
  }

  /// A million tags of a thousand each; a registry may send fewer at a time.
  private static var maximumPages: Int { 10_000 }

  /// What follows `/v2/` in the next page's address; nil on the last page.
  /// - Throws: `RegistryError` where the page is on another host, which must not see the credentials.
  func nextPage(
    _ response: HTTPResponse, after request: RegistryRequest
  ) throws(RegistryError) -> String? {
    guard let target = response.headers.values("Link").lazy.compactMap(\.nextTarget).first else { return nil }
    let authority = address.description.drop { $0 != ":" }
    let path = target.drop { $0 != ":" && $0 != "/" }
    // An absolute address of this host counts as its path: registries behind a proxy name the wrong scheme.
    let local = path.lowercased().hasPrefix(authority + "/") ? path.dropFirst(authority.count) : target[...]
    guard local.hasPrefix("/v2/") else {
      throw RegistryError(
        .unexpected, "\(request.operation): the next page is not on this host: \(target.quoted)")
    }
    return String(local.dropFirst(4))
  }
}

private struct TagPage: Decodable {
  /// distribution writes null for none.
  let tags: [String]?
}

extension String {
  /// The target of a `Link` field's value whose relation is `next` (RFC 8288 section 3).
  fileprivate var nextTarget: String? {
    for link in split(separator: "<", omittingEmptySubsequences: false).dropFirst() {
      let parts = link.split(separator: ">", maxSplits: 1)
      guard parts.count == 2 else { continue }
      let parameters = parts[1].split(whereSeparator: { $0 == ";" || $0 == "," }).map {
        $0.filter { $0 != " " && $0 != "\t" && $0 != "\"" }.lowercased()
      }
      if parameters.contains("rel=next") { return String(parts[0]) }
    }
    return nil
  }
}
