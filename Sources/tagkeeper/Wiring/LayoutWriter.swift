import Model
import Reconciler
import Registry

/// The reconciler's view of layouts on disk, which delete a tag themselves.
struct LayoutWriter: TagWriter {
  let layouts: ImageLayouts

  var host: String { layouts.storeName }

  func place(_ repository: RepositoryName) -> String { layouts.place(repository) }

  /// Of tags that are put at one time several are written at once: a few are enough to fill each writing.
  var concurrency: Int { 16 }

  func observe(
    _ tags: [TagReference], expecting _: [TagReference: Digest], answered: @escaping @Sendable () -> Void
  ) async -> [TagReference: Observation] {
    defer { answered() }
    return await layouts.observe(tags)
  }

  func presence(of digest: Digest, in repository: RepositoryName) async -> ManifestPresence {
    do { return try await layouts.hasBlob(digest, in: repository) ? .present : .missing } catch {
      return .unknown(error.description)
    }
  }

  func put(
    _ digest: Digest, at tag: TagReference, answered: @escaping @Sendable () -> Void
  ) async throws(WriteFailure) {
    do { try await layouts.put(digest, to: tag) } catch { throw WriteFailure(error) }
  }

  func deleteTag(_ tag: TagReference) async throws(WriteFailure) -> TagDeletionAnswer {
    do { return try await layouts.deleteTag(tag) ? .deleted : .absent } catch { throw WriteFailure(error) }
  }

  func tags(in repository: RepositoryName) async throws(WriteFailure) -> Set<TagName> {
    do { return Set(try await layouts.tags(in: repository)) } catch { throw WriteFailure(error) }
  }

  // MARK: Tombstones, which no layout needs

  private static var objection: String { "a layout on disk deletes tags itself" }

  var tombstoneObjection: String? { Self.objection }

  func tombstone(for repository: RepositoryName, batch: String) -> Digest {
    Tombstone.manifest(repository: repository, batch: batch).digest
  }

  func proveDeletion(in repository: RepositoryName, batch: String) async throws(WriteFailure) {
    throw WriteFailure(.refused, Self.objection)
  }

  func putTombstone(of batch: String, at tag: TagReference) async throws(WriteFailure) {
    throw WriteFailure(.refused, Self.objection)
  }

  func deleteManifest(_ digest: Digest, in repository: RepositoryName) async throws(WriteFailure) {
    throw WriteFailure(.refused, Self.objection)
  }
}
