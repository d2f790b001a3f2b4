import Glibc

/// A file that only grows, one write(2) a record: a journal. For one writer; blocks.
package struct AppendFile: ~Copyable, Sendable {
  package let path: String
  private let file: FileDescriptor

  /// Opens `path`; a new one gets mode 0600 and a durable name.
  /// - Throws: `SystemError`.
  package init(_ path: String) throws(SystemError) {
    let isNew = access(path, F_OK) != 0
    let file = try FileDescriptor.open(path, O_RDWR | O_CREAT | O_APPEND, mode: 0o600)
    if isNew { try FileDescriptor.synchronizeFolder(of: path) }
    self.path = path
    self.file = file
  }

  /// In bytes.
  /// - Throws: `SystemError`.
  package func size() throws(SystemError) -> Int {
    var status = stat()
    guard fstat(file.rawValue, &status) == 0 else { throw .current("look at", path: path) }
    return Int(status.st_size)
  }

  /// Appends `record` whole, or not at all.
  /// - Throws: `SystemError`; ENOSPC where the disk took only a part, which is cut off again.
  package func append(_ record: [UInt8]) throws(SystemError) {
    let before = try size()
    let written = uninterrupted { record.withUnsafeBytes { write(file.rawValue, $0.baseAddress, $0.count) } }
    guard written != record.count else { return }
    let code = written < 0 ? errno : ENOSPC
    if written > 0 { try truncate(to: before) }
    throw SystemError("append to", path: path, code: code)
  }

  /// Cuts off what follows the first `size` bytes: the torn last record of a writer that was killed.
  /// - Throws: `SystemError`.
  package func truncate(to size: Int) throws(SystemError) {
    guard uninterrupted({ ftruncate(file.rawValue, off_t(size)) }) == 0 else {
      throw .current("truncate", path: path)
    }
  }

  /// Returns when all that was appended is on the disk (fsync(2)).
  /// - Throws: `SystemError`.
  package func synchronize() throws(SystemError) { try file.synchronize(path) }
}
