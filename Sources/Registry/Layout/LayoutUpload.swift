import HTTPClient
import LinuxSystem
import Model

/// A blob's file while it is written, checked before it gets its name.
actor LayoutUpload {
  private let descriptor: Descriptor
  private let name: String
  private let worker: WorkerThread
  private var file: PendingFile?
  private var hash: SHA256? = SHA256()
  private var size = 0

  nonisolated var unownedExecutor: UnownedSerialExecutor { worker.executor }

  /// Blocks: for the worker.
  /// - Throws: `RegistryError`.
  init(_ descriptor: Descriptor, in folder: LayoutFolder, on worker: WorkerThread) throws(RegistryError) {
    self.descriptor = descriptor
    self.worker = worker
    name = "\(folder.name)@\(descriptor.digest)"
    try folder.createFolders()
    do throws(SystemError) {
      file = try PendingFile(at: folder.blobPath(descriptor.digest))
    } catch {
      throw RegistryError(writing: error)
    }
  }

  func write(_ piece: [UInt8]) throws(RegistryError) {
    size += piece.count
    hash?.update(piece)
    do throws(SystemError) { try file?.write(piece) } catch { throw RegistryError(writing: error) }
  }

  /// Removes what was written, on the worker: gigabytes take a while.
  func abandon() { file = nil }

  func finish() throws(RegistryError) {
    guard let file = file.take(), let hash = hash.take() else { return }
    let digest = hash.finish()
    guard digest == descriptor.digest, size == descriptor.size else {
      throw RegistryError(
        .unexpectedDigest, "\(name): \(size) of \(descriptor.size) bytes came, which hash to \(digest)")
    }
    do throws(SystemError) { try file.commit(mode: 0o644) } catch { throw RegistryError(writing: error) }
  }
}
