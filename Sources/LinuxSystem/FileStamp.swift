import Glibc

/// Which file stands at a path, and in which state: it differs once the file was written, replaced,
/// renamed or changed in its mode (stat(2)).
package struct FileStamp: Hashable, Sendable {
  private let device: UInt64
  private let inode: UInt64
  private let size: Int
  /// Since 1970.
  private let modified: Duration
  /// Nobody sets this one: what unpacks or copies a file with its times changes it all the same.
  private let changed: Duration

  fileprivate init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int(status.st_size)
    modified = .seconds(status.st_mtim.tv_sec) + .nanoseconds(status.st_mtim.tv_nsec)
    changed = .seconds(status.st_ctim.tv_sec) + .nanoseconds(status.st_ctim.tv_nsec)
  }

  /// Nil where nothing can be looked at.
  package init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }
}

/// The whole of a small regular file, with what it was when it was read. Blocks.
package struct FileContent: Sendable {
  package let bytes: [UInt8]
  package let stamp: FileStamp

  /// - Parameter limit: The most bytes that the file may have.
  /// - Throws: `SystemError`; of code ENOENT or ENOTDIR where there is no file, EFBIG where it is larger.
  package init(_ path: String, limit: Int) throws(SystemError) {
    // A named pipe that nobody writes to must not hold the reader.
    let file = try FileDescriptor.open(path, O_RDONLY | O_NONBLOCK)
    var status = stat()
    guard fstat(file.rawValue, &status) == 0 else { throw .current("look at", path: path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw SystemError("read", path: path, code: EINVAL, remedy: "it is not a regular file")
    }
    var bytes: [UInt8] = []
    while bytes.count <= limit {
      let piece: [UInt8]
      do { piece = try file.read(atMost: min(64 << 10, limit + 1 - bytes.count)) } catch {
        throw SystemError(error.action, path: path, code: error.code)
      }
      if piece.isEmpty {
        self.bytes = bytes
        stamp = FileStamp(status)
        return
      }
      bytes += piece
    }
    throw SystemError("read", path: path, code: EFBIG, remedy: "it may have \(limit) bytes")
  }
}
