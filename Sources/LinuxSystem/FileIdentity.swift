import Glibc

/// Which file or folder stands at a path: it differs once that was removed and made again.
package struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let inode: UInt64

  /// stat(2), following symbolic links.
  /// - Throws: `SystemError`.
  package init(_ path: String) throws(SystemError) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .current("look at", path: path) }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }
}
