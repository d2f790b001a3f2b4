import Model
import Synchronization

/// Manifests by digest, in memory and, where a folder is given, on disk. What is in it never changes, so it may be
/// shared by all clients; whether a repository has it is another question.
package final class ManifestCache: Sendable {
  /// Two generations: a hit moves to the young one, and when that is full the old one is dropped. So what was
  /// used lately stays, with no list to keep in order.
  private struct Memory {
    let limit: Int
    var young: [Digest: Manifest] = [:]
    var old: [Digest: Manifest] = [:]
    var youngSize = 0

    mutating func insert(_ manifest: Manifest) {
      guard manifest.bytes.count <= limit / 2, young[manifest.digest] == nil else { return }
      if youngSize + manifest.bytes.count > limit / 2 {
        (old, young, youngSize) = (young, [:], 0)
      }
      young[manifest.digest] = manifest
      youngSize += manifest.bytes.count
    }

    mutating func find(_ digest: Digest) -> Manifest? {
      if let manifest = young[digest] { return manifest }
      guard let manifest = old.removeValue(forKey: digest) else { return nil }
      insert(manifest)
      return manifest
    }
  }

  private let memory: Mutex<Memory>
  private let folder: ManifestFolder?

  /// - Parameters:
  ///   - memoryLimit: Bytes of manifests that are kept in memory.
  ///   - folder: Where they outlive the process.
  package init(memoryLimit: Int = 64 << 20, folder: ManifestFolder? = nil) {
    memory = Mutex(Memory(limit: memoryLimit))
    self.folder = folder
  }

  func manifest(_ digest: Digest) async -> Manifest? {
    if let manifest = memory.withLock({ $0.find(digest) }) { return manifest }
    guard let manifest = await folder?.manifest(digest) else { return nil }
    memory.withLock { $0.insert(manifest) }
    return manifest
  }

  /// Does not wait for the folder: a process that ends meanwhile fetches once more.
  func keep(_ manifest: Manifest) {
    memory.withLock { $0.insert(manifest) }
    guard let folder else { return }
    Task { await folder.insert(manifest) }
  }
}
