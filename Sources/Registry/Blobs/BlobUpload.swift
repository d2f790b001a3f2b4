import HTTPClient
package import Model

/// An upload that a registry has begun (OCI distribution-spec, "Pushing blobs"). Each answer names the next one's
/// place.
package struct BlobUpload: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
  package let repository: RepositoryName
  /// How many bytes the registry has, as far as it told.
  package let received: Int
  /// Absolute, and of the registry's own origin. Its query may be as good as a credential.
  let url: String

  package var description: String { "an upload to \(repository)" }
  package var customMirror: Mirror {
    Mirror(self, children: ["repository": repository, "received": received])
  }

  /// Where it is ended: OCI distribution-spec, "Pushing blobs", `?digest=`.
  func url(closingWith digest: Digest) -> String { "\(url)\(url.contains("?") ? "&" : "?")digest=\(digest)" }
}

/// What came of an attempt to take a blob over from another repository of the same registry.
package enum BlobMount: Hashable, Sendable {
  case mounted
  /// The registry did not, and wants the bytes.
  case upload(BlobUpload)
}

extension RegistryClient {
  /// The upload that `response` tells of.
  /// - Parameter received: How many bytes the registry has, where the answer is not to be asked.
  /// - Throws: `RegistryError` where it names no place, or another origin's.
  func upload(
    in repository: RepositoryName, _ response: HTTPResponse, to request: RegistryRequest, received: Int
  ) throws(RegistryError) -> BlobUpload {
    guard let location = response.headers["Location"], !location.isEmpty else {
      throw RegistryError(
        .unexpected,
        "\(request.operation): the registry answered \(response.status) without a place for the upload")
    }
    let url = location.resolved(against: request.http.url)
    guard address.isOrigin(of: url) else {
      throw RegistryError(
        .unexpected,
        "\(request.operation): the registry names a place for the upload that is not on \(address): "
          + "\((url.origin ?? url).quoted); nothing is sent there. Behind a proxy, tell the registry its own "
          + "address, or have the proxy send X-Forwarded-Proto and Host")
    }
    return BlobUpload(repository: repository, received: received, url: url)
  }
}

extension RegistryURL {
  /// Whether `url` is of this scheme, host and port (RFC 6454 section 5).
  func isOrigin(of url: String) -> Bool {
    // One with user information in it is none of ours.
    guard let origin = url.origin, url.hasPrefix(origin), let other = try? RegistryURL(origin) else {
      return false
    }
    return other.scheme == scheme && other.host == host && other.effectivePort == effectivePort
  }

  private var effectivePort: Int { port ?? (scheme == .https ? 443 : 80) }
}

extension String {
  /// Scheme, host and port of a URL, without user information; nil where there is no `://`.
  fileprivate var origin: String? {
    guard let start = firstRange(of: "://")?.upperBound else { return nil }
    let end = self[start...].firstIndex { "/?#".contains($0) } ?? endIndex
    let host = self[start..<end].lastIndex(of: "@").map(index(after:)) ?? start
    return String(self[..<start] + self[host..<end])
  }

  /// RFC 3986 section 5.2, but for dot segments, which the server resolves.
  func resolved(against base: String) -> String {
    guard let schemeEnd = base.firstRange(of: "://") else { return self }
    if wholeMatch(of: /[A-Za-z][A-Za-z0-9+.\-]*:.*/) != nil { return self }
    if hasPrefix("//") { return base[..<schemeEnd.lowerBound] + ":" + self }
    let authorityEnd = base[schemeEnd.upperBound...].firstIndex { "/?#".contains($0) } ?? base.endIndex
    if hasPrefix("/") { return base[..<authorityEnd] + self }
    let pathEnd = base[authorityEnd...].firstIndex { "?#".contains($0) } ?? base.endIndex
    if hasPrefix("?") { return base[..<pathEnd] + self }
    let folderEnd = base[authorityEnd..<pathEnd].lastIndex(of: "/").map(base.index(after:)) ?? authorityEnd
    return base[..<folderEnd] + self
  }
}
