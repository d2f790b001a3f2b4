package import HTTPClient
import LinuxSystem
package import Model

extension ImageLayouts: ContentTarget {
  package func hasBlob(
    _ digest: Digest, in repository: RepositoryName
  ) async throws(RegistryError) -> Bool {
    let folder = try folder(of: repository)
    return try await manifestWorker.run { () throws(RegistryError) in
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
    await indexes.tidy(repository)
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
    try await manifestWorker.run { () throws(RegistryError) in
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
