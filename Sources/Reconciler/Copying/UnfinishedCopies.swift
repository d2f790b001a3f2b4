import Synchronization

/// Images of which a copy was begun and none came to its end, whichever channel asked: the repository may have the digest,
/// and lack what is signed with it.
package final class UnfinishedCopies: Sendable {
  private let state = Mutex<Set<NeededImage>>([])

  package init() {}

  var images: Set<NeededImage> { state.withLock(\.self) }

  func insert(_ image: NeededImage) { state.withLock { _ = $0.insert(image) } }

  func remove(_ image: NeededImage) { state.withLock { _ = $0.remove(image) } }
}
