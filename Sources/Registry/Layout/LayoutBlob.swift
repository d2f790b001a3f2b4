import Glibc
import HTTPClient
import LinuxSystem
import Model

/// A blob's file, read piece by piece on a thread that may wait for the disk. It ends with an error unless its size and
/// digest are those that its name and descriptor say.
actor LayoutBlob: ByteSource {
  private static let pieceSize = 1 << 18

  private let path: String
  private let descriptor: Descriptor
  private let file: FileDescriptor
  private let worker: WorkerThread
  private var hash: SHA256? = SHA256()
  private var size = 0

  nonisolated var unownedExecutor: UnownedSerialExecutor { worker.executor }

  /// Blocks: for the worker.
  /// - Throws: `RegistryError`, of kind `missingContent` where there is no such file.
  init(_ descriptor: Descriptor, in folder: LayoutFolder, on worker: WorkerThread) throws(RegistryError) {
    path = folder.blobPath(descriptor.digest)
    guard try folder.holds(descriptor.digest) else {
      throw RegistryError(
        .missingContent, "\(folder.name) lacks the blob \(descriptor.digest); copy the image there again")
    }
    do throws(SystemError) { file = try FileDescriptor.open(path, O_RDONLY) } catch {
      throw RegistryError(.transport, error.description)
    }
    self.descriptor = descriptor
    self.worker = worker
  }

  func next() throws(RegistryError) -> [UInt8]? {
    let piece: [UInt8]
    do throws(SystemError) { piece = try file.read(atMost: Self.pieceSize) } catch {
      throw RegistryError(.transport, "\(SystemError("read", path: path, code: error.code))")
    }
    size += piece.count
    guard piece.isEmpty || size > descriptor.size else {
      hash?.update(piece)
      return piece
    }
    guard size == descriptor.size else {
      throw RegistryError(
        .unexpectedDigest,
        "\(path) has \(size > descriptor.size ? "more than" : "only") "
          + "\(size > descriptor.size ? descriptor.size : size) bytes of \(descriptor.size); \(Self.remedy)")
    }
    let digest = hash.take()!.finish()
    guard digest == descriptor.digest else {
      throw RegistryError(.unexpectedDigest, "\(path) hashes to \(digest); \(Self.remedy)")
    }
    return nil
  }

  private static var remedy: String { "remove the file, and copy the image there again" }
}
