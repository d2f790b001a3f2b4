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
