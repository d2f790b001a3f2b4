package import HTTPClient
package import Model

/// Where images can be read from whole: a registry, or layouts on disk. Every error is a `RegistryError`.
package protocol ContentSource: ImageStore {
  /// The digest that `tag` has now; nil where the store says that there is no such tag.
  func digest(
    of tag: TagName, in repository: RepositoryName
  ) async throws(RegistryError) -> Digest?

  /// The bytes of a blob, which end with an error unless their size and digest are the descriptor's.
  /// - Throws: `RegistryError`, of kind `missingContent` where the repository lacks it.
  func blob(
    _ blob: Descriptor, in repository: RepositoryName
  ) async throws(RegistryError) -> any ByteSource

  /// What refers to the manifest `digest`: signatures, SBOMs, attestations (OCI distribution-spec, "Listing Referrers").
  func referrers(
    of digest: Digest, in repository: RepositoryName
  ) async throws(RegistryError) -> [ImageIndex.Entry]
}

/// Where images can be copied to.
package protocol ContentTarget: ContentSource {
  func hasBlob(_ digest: Digest, in repository: RepositoryName) async throws(RegistryError) -> Bool

  /// Stores a blob that the repository lacks.
  /// - Parameters:
  ///   - mounting: A repository of this store that has the blob: it is taken over from there where the store can.
  ///   - content: Opens the blob's bytes, from the first on; called only where they are to be sent.
  /// - Returns: How many bytes were sent: 0 where the blob was taken over.
  func push(
    _ blob: Descriptor, to repository: RepositoryName, mounting: RepositoryName?,
    content: @Sendable () async throws(RegistryError) -> any ByteSource
  ) async throws(RegistryError) -> Int

  /// Stores a manifest's own bytes. What it names is there already.
  /// - Returns: Whether the store itself lists what refers to the manifest's subject, by the answer's `OCI-Subject`.
  /// - Throws: `RegistryError`, of kind `missingContent` where what it names is not there after all.
  func push(
    _ manifest: Manifest, as reference: ManifestReference, to repository: RepositoryName
  ) async throws(RegistryError) -> Bool
}

extension ImageStore {
  /// The entries of the tag `sha256-HEX`, by which referrers are listed where a registry does not list them (OCI
  /// distribution-spec, "Referrers Tag Schema"); none where there is no such tag.
  /// - Throws: `RegistryError` where the tag can't be read, or is something else.
  func referrersByTag(
    of digest: Digest, in repository: RepositoryName
  ) async throws(RegistryError) -> ImageIndex? {
    guard let manifest = try await get(.tag(digest.referrersTag), in: repository) else { return nil }
    guard manifest.mediaType == .ociIndex, let index = ImageIndex(json: manifest.bytes) else {
      throw RegistryError(
        .rejected,
        "\(place(repository)):\(digest.referrersTag) is no list of referrers, as its name says; remove the tag"
      )
    }
    return index
  }
}

extension Digest {
  /// `sha256-HEX`, and what else is called after a manifest.
  func referrersTag(_ suffix: String) -> TagName {
    try! TagName("sha256-\(hex)\(suffix)")  // 71 characters and a short suffix, all of them a tag's
  }

  var referrersTag: TagName { referrersTag("") }
}
