import HTTPClient
import Model

extension RegistryClient {
  /// Asks for a listing of `repository` page by page, following `Link` (OCI distribution-spec, "Listing Tags"; RFC 8288),
  /// until `take` returns false. A repository that the registry doesn't know has no page.
  /// - Parameter path: From the host on; later pages have to be under its first component.
  /// - Throws: `RegistryError`.
  func forEachPage<Page: Decodable>(
    of path: String, in repository: RepositoryName, _ take: (Page) -> Bool
  ) async throws(RegistryError) {
    let prefix = "/\(path.split(separator: "/")[0])/"
    var next: String? = path
    var pages = 0
    while let current = next {
      pages += 1
      let request = request(
        .get, outside: current, Access(.list, repository), maximumBodySize: 16 << 20)
      guard pages <= Self.maximumPages else {
        throw RegistryError(.unexpected, "\(request.operation): the listing has no end")
      }
      let response = try await send(request)
      if response.status == 404, pages == 1, RegistryErrorBody(response)?.has("NAME_UNKNOWN") == true {
        return
      }
      guard response.status == 200 else { throw failure(response, to: request) }
      guard let page = Page(json: response.body) else {
        throw RegistryError(.unexpected, "\(request.operation): the answer is no list of tags")
      }
      guard take(page) else { return }
      next = try nextPage(response, after: request, under: prefix)
      guard next != current else {
        throw RegistryError(
          .unexpected, "\(request.operation): a page of the listing names itself as the next")
      }
    }
  }

  /// A million tags of a thousand each; a registry may send fewer at a time.
  private static var maximumPages: Int { 10_000 }

  /// The next page's address from the host on; nil on the last page.
  /// - Throws: `RegistryError` where the page is not under `prefix` on this host: another must not see the credentials.
  func nextPage(
    _ response: HTTPResponse, after request: RegistryRequest, under prefix: String
  ) throws(RegistryError) -> String? {
    guard let target = response.headers.values("Link").lazy.compactMap(\.nextTarget).first else { return nil }
    let authority = address.description.drop { $0 != ":" }
    let path = target.drop { $0 != ":" && $0 != "/" }
    // An absolute address of this host counts as its path: registries behind a proxy name the wrong scheme.
    let local = path.lowercased().hasPrefix(authority + "/") ? path.dropFirst(authority.count) : target[...]
    guard local.hasPrefix(prefix) else {
      throw RegistryError(
        .unexpected, "\(request.operation): the next page is not on this host: \(target.quoted)")
    }
    return String(local)
  }
}

/// A page of `GET /v2/NAME/tags/list`.
struct TagPage: Decodable {
  /// Google's registries list manifests beside the tags, by digest.
  struct Manifest: Decodable {
    let tag: [String]?
  }

  /// distribution writes null for none.
  let tags: [String]?
  let manifest: [String: Manifest]?
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
