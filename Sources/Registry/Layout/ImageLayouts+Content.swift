package import HTTPClient
import LinuxSystem
package import Model

extension ImageLayouts: ContentTarget {
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
    return try await worker.run { () throws(RegistryError) in
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

  package func hasBlob(
    _ digest: Digest, in repository: RepositoryName
  ) async throws(RegistryError) -> Bool {
    let folder = try folder(of: repository)
    return try await worker.run { () throws(RegistryError) in
      try folder.holds(digest)
    }
  }

  package func push(
    _ blob: Descriptor, to repository: RepositoryName, mounting other: RepositoryName?,
    content: @Sendable () async throws(RegistryError) -> any ByteSource
  ) async throws(RegistryError) -> Int {
    let upload = try await begin(blob, in: repository)
    let source = try await content()
    do {
      while let piece = try await source.next() {
        try Task.checkCancellation()
        try await upload.write(piece)
      }
    } catch {
      await upload.abandon()
      throw (error as? RegistryError) ?? RegistryError(reading: error, of: blob)
    }
    try await upload.finish()
    return blob.size
  }

  package func push(
    _ manifest: Manifest, as reference: ManifestReference, to repository: RepositoryName
  ) async throws(RegistryError) -> Bool {
    try await requireContent(of: manifest, in: repository)
    let descriptor = Descriptor(
      mediaType: manifest.mediaType.rawValue, digest: manifest.digest, size: manifest.bytes.count)
    if try await !hasBlob(manifest.digest, in: repository) {
      let upload = try await begin(descriptor, in: repository)
      try await upload.write(manifest.bytes)
      try await upload.finish()
    }
    if case .tag(let tag) = reference { try await point(TagReference(repository, tag), to: manifest) }
    return false
  }

  private func begin(
    _ blob: Descriptor, in repository: RepositoryName
  ) async throws(RegistryError) -> LayoutUpload {
    let folder = try folder(of: repository)
    return try await worker.run { [worker] () throws(RegistryError) in
      try LayoutUpload(blob, in: folder, on: worker)
    }
  }

  /// - Throws: `RegistryError` of kind `missingContent`, as a registry refuses such a manifest.
  func requireContent(
    of manifest: Manifest, in repository: RepositoryName
  ) async throws(RegistryError) {
    let folder = try folder(of: repository)
    let content = try ManifestContent(manifest, name: "\(folder.name)@\(manifest.digest)")
    try await worker.run { () throws(RegistryError) in
      for descriptor in content.blobs + content.children where try !folder.hasBlob(descriptor.digest) {
        throw RegistryError(
          .missingContent,
          "\(folder.name) lacks \(descriptor.digest), which \(manifest.digest) names; copy the image there again"
        )
      }
    }
  }
}

extension RegistryError {
  /// Bytes that did not come to their end, for a reason that is no registry's.
  init(reading error: any Error, of blob: Descriptor) {
    if error is CancellationError {
      self.init(.cancelled, "cancelled while \(blob.digest) was copied")
    } else {
      self.init(.transport, "\(blob.digest) could not be read to its end: \(error)")
    }
  }
}
