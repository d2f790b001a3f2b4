import HTTPClient
import Model

extension RegistryClient {
  /// Asks for a listing of `repository`'s tags page by page, until `take` returns false (OCI distribution-spec, "Listing
  /// Tags"). A repository that the registry doesn't know has no page.
  /// - Parameter path: From the host on.
  /// - Throws: `RegistryError`.
  func forEachTagPage<Page: Decodable>(
    of path: String, in repository: RepositoryName, _ take: (Page) -> Bool
  ) async throws(RegistryError) {
    // A million tags of a thousand each; a registry may send fewer at a time.
    try await forEachPage(of: path, Access(.list, repository), atMost: 10_000) {
      (response, request, isFirst) throws(RegistryError) in
      if response.status == 404, isFirst, RegistryErrorBody(response)?.has("NAME_UNKNOWN") == true {
        return false
      }
      guard response.status == 200 else { throw failure(response, to: request) }
      guard let page = Page(json: response.body) else {
        throw RegistryError(.unexpected, "\(request.operation): the answer is no list of tags")
      }
      return take(page)
    }
  }

  /// Asks for a listing page by page, following `Link` (RFC 8288), until `take` returns false.
  /// - Parameters:
  ///   - path: From the host on; later pages have to be under its first component.
  ///   - limit: More pages than these are no end.
  ///   - take: Gets each answer, whatever its status, and whether it is the first.
  /// - Throws: `RegistryError`.
  func forEachPage(
    of path: String, _ access: Access, headers: [HTTPRequest.Header] = [], atMost limit: Int,
    _ take: (HTTPResponse, RegistryRequest, _ isFirst: Bool) throws(RegistryError) -> Bool
  ) async throws(RegistryError) {
    let prefix = "/\(path.split(separator: "/")[0])/"
    var next: String? = path
    var pages = 0
    var seen: Set<String> = []
    while let current = next {
      seen.insert(current)
      pages += 1
      let request = request(.get, outside: current, access, headers: headers, maximumBodySize: 16 << 20)
      guard pages <= limit else {
        throw RegistryError(.unexpected, "\(request.operation): the listing has no end")
      }
      let response = try await send(request)
      guard try take(response, request, pages == 1) else { return }
      next = try nextPage(response, after: request, under: prefix)
      guard next.map({ !seen.contains($0) }) ?? true else {
        throw RegistryError(
          .unexpected,
          "\(request.operation): a page of the listing names itself, or an earlier one, as the next")
      }
    }
  }

  /// The next page's address from the host on; nil on the last page.
  /// - Throws: `RegistryError` where the page is not under `prefix` on this host: another must not see the credentials.
  private func nextPage(
    _ response: HTTPResponse, after request: RegistryRequest, under prefix: String
  ) throws(RegistryError) -> String? {
    guard let target = response.headers.values("Link").lazy.compactMap(\.nextTarget).first else { return nil }
    let authority = address.description.drop { $0 != ":" }
    let path = target.drop { $0 != ":" && $0 != "/" }
    // An absolute address of this host counts as its path: registries behind a proxy name the wrong scheme.
    let local = path.lowercased().hasPrefix(authority + "/") ? path.dropFirst(authority.count) : target[...]
    guard local.hasPrefix(prefix) else {
      throw RegistryError(
        .unexpected,
        // A query may be as good as a credential.
        "\(request.operation): the next page is not on this host: \(response.quoted(target.prefix { $0 != "?" }))"
      )
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
