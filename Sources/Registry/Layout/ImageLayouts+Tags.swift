import LinuxSystem
package import Model

extension ImageLayouts {
  /// What each of `tags` points to now. Whatever is not certain is `unknown`: a layout that can't be read says nothing of
  /// any of its tags.
  package func observe(_ tags: [TagReference]) async -> [TagReference: Observation] {
    await indexes.digests(of: tags).mapValues { answer in
      switch answer {
      case .success(let digest): digest.map { .present($0) } ?? .absent
      case .failure(let error): .unknown(Observation.Failure(error.description))
      }
    }
  }

  /// In their order. A repository without a layout has none.
  /// - Throws: `RegistryError`.
  package func tags(in repository: RepositoryName) async throws(RegistryError) -> [TagName] {
    try await indexes.reading(of: repository)?.digests.keys.sorted() ?? []
  }

  /// Makes `tag` point to `digest`, which its repository has already.
  /// - Throws: `RegistryError`, of kind `missingManifest` where it lacks the manifest, and `missingContent` where it lacks
  ///   what the manifest names.
  package func put(_ digest: Digest, to tag: TagReference) async throws(RegistryError) {
    let manifest = try await manifest(digest, in: tag.repository)
    try await requireContent(of: manifest, in: tag.repository)
    try await point(tag, to: manifest)
  }

  /// Removes the tag's entry, and nothing else.
  /// - Returns: False where there was none.
  /// - Throws: `RegistryError`.
  package func deleteTag(_ tag: TagReference) async throws(RegistryError) -> Bool {
    guard try await indexes.reading(of: tag.repository)?.digests[tag.tag] != nil else { return false }
    try await indexes.edit(tag.repository) { index in index.entries.removeAll { $0.tag == tag.tag } }
    return true
  }

  func point(_ tag: TagReference, to manifest: Manifest) async throws(RegistryError) {
    let entry = ImageIndex.Entry(
      Descriptor(
        mediaType: manifest.mediaType.rawValue, digest: manifest.digest, size: manifest.bytes.count),
      annotations: [ImageIndex.Entry.tagAnnotation: tag.tag.description])
    try await indexes.edit(tag.repository) { index in
      index.entries.removeAll { $0.tag == tag.tag }
      index.entries.append(entry)
    }
  }
}
