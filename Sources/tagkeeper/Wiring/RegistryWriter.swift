import Model
import Reconciler
import Registry

/// The reconciler's view of a registry.
struct RegistryWriter: TagWriter {
  let client: RegistryClient

  var concurrency: Int { client.concurrency }

  var host: String { client.address.authority }

  var taskExecutor: (any TaskExecutor)? { client.taskExecutor }

  func observe(
    _ tags: [TagReference], expecting expected: [TagReference: Digest],
    answered: @escaping @Sendable () -> Void
  ) async -> [TagReference: Observation] {
    await client.observe(tags, expecting: expected, answered: answered)
  }

  func presence(of digest: Digest, in repository: RepositoryName) async -> ManifestPresence {
    do {
      return try await client.head(.digest(digest), in: repository) == nil ? .missing : .present
    } catch {
      return .unknown(error.description)
    }
  }

  func put(
    _ digest: Digest, at tag: TagReference, answered: @escaping @Sendable () -> Void
  ) async throws(WriteFailure) {
    do { try await client.put(digest, to: tag, answered: answered) } catch { throw WriteFailure(error) }
  }

  func deleteTag(_ tag: TagReference) async throws(WriteFailure) -> TagDeletionAnswer {
    let outcome: DeletionOutcome
    do { outcome = try await client.deleteTag(tag) } catch { throw WriteFailure(error) }
    switch outcome {
    case .deleted: return .deleted
    case .absent: return .absent
    case .unsupported(let answer): return .unsupported(answer)
    case .readOnly(let answer): throw WriteFailure(.hostReadOnly, answer)
    }
  }

  var tombstoneObjection: String? {
    client.kind.traits.emulatesDeletion
      ? nil : "\(host) lets nobody delete a tag by the registry API: delete it in its own interface"
  }

  func tombstone(for repository: RepositoryName, batch: String) -> Digest {
    Tombstone.manifest(repository: repository, batch: batch).digest
  }

  func proveDeletion(in repository: RepositoryName, batch: String) async throws(WriteFailure) {
    let outcome: DeletionOutcome
    do { outcome = try await client.proveManifestDeletion(in: repository, batch: batch) } catch {
      throw WriteFailure(error)
    }
    try outcome.check()
  }

  func putTombstone(of batch: String, at tag: TagReference) async throws(WriteFailure) {
    let tombstone = Tombstone.manifest(repository: tag.repository, batch: batch)
    do { _ = try await client.putManifest(tombstone, to: .tag(tag.tag), in: tag.repository) } catch {
      throw WriteFailure(error)
    }
  }

  func deleteManifest(_ digest: Digest, in repository: RepositoryName) async throws(WriteFailure) {
    let outcome: DeletionOutcome
    do { outcome = try await client.deleteManifest(digest, in: repository) } catch {
      throw WriteFailure(error)
    }
    try outcome.check()
  }

  func tags(in repository: RepositoryName) async throws(WriteFailure) -> Set<TagName> {
    do { return Set(try await client.tags(in: repository)) } catch { throw WriteFailure(error) }
  }
}

extension DeletionOutcome {
  /// - Throws: `WriteFailure` unless the thing is gone.
  fileprivate func check() throws(WriteFailure) {
    switch self {
    case .deleted, .absent: return
    case .unsupported(let answer): throw WriteFailure(.refused, answer)
    case .readOnly(let answer): throw WriteFailure(.hostReadOnly, answer)
    }
  }
}

extension WriteFailure {
  init(_ error: RegistryError) {
    let kind: Kind =
      switch error.kind {
      case .missingManifest: .missing
      case .missingContent: .incomplete
      case .rejected, .unexpectedDigest, .denied: .refused
      case .readOnly: .hostReadOnly
      case .throttled: .throttled
      case .cancelled where !error.isOutcomeUnknown: .notBegun
      case .unauthorized, .server, .notARegistry, .transport, .cancelled, .unexpected: .transient
      }
    self.init(kind, error.description)
  }
}
