package import HTTPClient
package import Model

extension RegistryClient: ContentTarget {
  package func digest(
    of tag: TagName, in repository: RepositoryName
  ) async throws(RegistryError) -> Digest? {
    try await head(.tag(tag), in: repository)
  }

  package func blob(
    _ blob: Descriptor, in repository: RepositoryName
  ) async throws(RegistryError) -> any ByteSource {
    self.blob(blob.digest, size: blob.size, in: repository)
  }

  package func push(
    _ blob: Descriptor, to repository: RepositoryName, mounting other: RepositoryName?,
    content: @Sendable () async throws(RegistryError) -> any ByteSource
  ) async throws(RegistryError) -> Int {
    try await pushBlob(blob.digest, size: blob.size, to: repository, mounting: other, content: content)
  }

  package func push(
    _ manifest: Manifest, as reference: ManifestReference, to repository: RepositoryName
  ) async throws(RegistryError) -> Bool {
    let stored = try await store(manifest, as: reference, in: repository)
    // The tag is put next: from here, rather than fetched again.
    cache.keep(manifest)
    return stored.listsReferrers
  }
}
