import Model
import Synchronization

/// Which manifests this process saw in which repository, by an answer to a HEAD, GET or PUT. A manifest that is
/// written from a cache where it was deleted meanwhile would come back to life.
final class SeenManifests: Sendable {
  private let seen = Mutex<[RepositoryName: Set<Digest>]>([:])

  func insert(_ digest: Digest, in repository: RepositoryName) {
    seen.withLock { _ = $0[repository, default: []].insert(digest) }
  }

  func remove(_ digest: Digest, from repository: RepositoryName) {
    seen.withLock { _ = $0[repository]?.remove(digest) }
  }

  func contains(_ digest: Digest, in repository: RepositoryName) -> Bool {
    seen.withLock { $0[repository]?.contains(digest) ?? false }
  }
}
