package import Model

/// What commands read images and tags of: a registry, or layouts on disk.
package protocol ImageStore: Sendable {
  /// Host and port, or `oci:PATH`: for messages. Two of one name are one store.
  var storeName: String { get }

  /// What each of `tags` points to now; whatever is not certain is `unknown`.
  func observe(_ tags: [TagReference]) async -> [TagReference: Observation]

  /// The tags that a listing shows; none for a repository that is not known.
  func tags(in repository: RepositoryName) async throws(RegistryError) -> [TagName]

  /// What `reference` names now, checked by SHA-256; nil where the store says that it names nothing.
  func get(
    _ reference: ManifestReference, in repository: RepositoryName
  ) async throws(RegistryError) -> Manifest?

  /// The manifest `digest`, which `repository` has.
  /// - Throws: `RegistryError`, of kind `missingManifest` where it lacks it.
  func manifest(_ digest: Digest, in repository: RepositoryName) async throws(RegistryError) -> Manifest

  /// A configuration's bytes, checked by SHA-256: at most 4 MiB.
  /// - Throws: `RegistryError`, of kind `missingContent` where the repository lacks it.
  func smallBlob(_ digest: Digest, in repository: RepositoryName) async throws(RegistryError) -> [UInt8]
}

extension ImageStore {
  /// `HOST/REPOSITORY`, or `oci:PATH//REPOSITORY`: as a channel's `sources` name it.
  package func place(_ repository: RepositoryName) -> String {
    storeName.hasPrefix("oci:") ? "\(storeName)//\(repository)" : "\(storeName)/\(repository)"
  }
}

extension RegistryClient: ImageStore {
  package var storeName: String { address.authority }
}
