import Model

/// A registry each answer of which is a step of the loop that asks: long passes make progress by their requests.
struct BeatingWriter: TagWriter {
  let registry: any TagWriter
  let heartbeat: Heartbeat

  var host: String { registry.host }
  func place(_ repository: RepositoryName) -> String { registry.place(repository) }
  var concurrency: Int { registry.concurrency }
  var taskExecutor: (any TaskExecutor)? { registry.taskExecutor }
  var tombstoneObjection: String? { registry.tombstoneObjection }

  func observe(
    _ tags: [TagReference], expecting expected: [TagReference: Digest],
    answered: @escaping @Sendable () -> Void
  ) async -> [TagReference: Observation] {
    await registry.observe(tags, expecting: expected) {
      heartbeat.beat()
      answered()
    }
  }

  func presence(of digest: Digest, in repository: RepositoryName) async -> ManifestPresence {
    defer { heartbeat.beat() }
    return await registry.presence(of: digest, in: repository)
  }

  func put(
    _ digest: Digest, at tag: TagReference, answered: @escaping @Sendable () -> Void
  ) async throws(WriteFailure) {
    defer { heartbeat.beat() }
    try await registry.put(digest, at: tag) {
      heartbeat.beat()
      answered()
    }
  }

  func deleteTag(_ tag: TagReference) async throws(WriteFailure) -> TagDeletionAnswer {
    defer { heartbeat.beat() }
    return try await registry.deleteTag(tag)
  }

  func tombstone(for repository: RepositoryName, batch: String) -> Digest {
    registry.tombstone(for: repository, batch: batch)
  }

  func proveDeletion(in repository: RepositoryName, batch: String) async throws(WriteFailure) {
    defer { heartbeat.beat() }
    try await registry.proveDeletion(in: repository, batch: batch)
  }

  func putTombstone(of batch: String, at tag: TagReference) async throws(WriteFailure) {
    defer { heartbeat.beat() }
    try await registry.putTombstone(of: batch, at: tag)
  }

  func deleteManifest(_ digest: Digest, in repository: RepositoryName) async throws(WriteFailure) {
    defer { heartbeat.beat() }
    try await registry.deleteManifest(digest, in: repository)
  }

  func tags(in repository: RepositoryName) async throws(WriteFailure) -> Set<TagName> {
    defer { heartbeat.beat() }
    return try await registry.tags(in: repository)
  }
}
