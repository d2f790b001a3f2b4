package import HTTPClient
import LinuxSystem
package import Model

extension ImageLayouts: ContentSource {
  package var storeName: String { "oci:\(path)" }

  /// At most 4 MiB, as registries allow (OCI distribution-spec, "Pushing Manifests").
  private static var largestManifest: Int { 4 << 20 }

  package func get(
    _ reference: ManifestReference, in repository: RepositoryName
  ) async throws(RegistryError) -> Manifest? {
    let digest: Digest
    switch reference {
    case .digest(let named): digest = named
    case .tag(let tag):
      guard let found = try await indexes.reading(of: repository)?.digests[tag] else { return nil }
      digest = found
    }
    let folder = try folder(of: repository)
    return try await manifestWorker.run { () throws(RegistryError) in
      guard try folder.holds(digest) else { return nil }
      let path = folder.blobPath(digest)
      let bytes = try folder.read(path, atMost: Self.largestManifest, as: digest)
      do { return try Manifest(received: bytes, contentType: nil) } catch {
        throw RegistryError(.rejected, "\(path) is not a manifest that can be tagged: \(error)")
      }
    }
  }

  package func manifest(
    _ digest: Digest, in repository: RepositoryName
  ) async throws(RegistryError) -> Manifest {
    if let manifest = try await get(.digest(digest), in: repository) { return manifest }
    throw RegistryError(
      .missingManifest,
      "\(digest) is not in \(place(repository)); copy the image there, or declare another digest")
  }

  package func smallBlob(
    _ digest: Digest, in repository: RepositoryName
  ) async throws(RegistryError) -> [UInt8] {
    let folder = try folder(of: repository)
    return try await worker.run { () throws(RegistryError) in
      let path = folder.blobPath(digest)
      guard try folder.holds(digest) else {
        throw RegistryError(
          .missingContent, "\(folder.name) lacks the blob \(digest); copy the image there again")
      }
      return try folder.read(path, atMost: Self.largestManifest, as: digest)
    }
  }

  package func digest(
    of tag: TagName, in repository: RepositoryName
  ) async throws(RegistryError) -> Digest? {
    try await indexes.digests(of: [TagReference(repository, tag)]).values.first?.get() ?? nil
  }

  package func blob(
    _ blob: Descriptor, in repository: RepositoryName
  ) async throws(RegistryError) -> any ByteSource {
    let folder = try folder(of: repository)
    return try await worker.run { [worker] () throws(RegistryError) in
      try LayoutBlob(blob, in: folder, on: worker)
    }
  }

  package func referrers(
    of digest: Digest, in repository: RepositoryName
  ) async throws(RegistryError) -> [ImageIndex.Entry] {
    try await referrersByTag(of: digest, in: repository)?.entries ?? []
  }
}
