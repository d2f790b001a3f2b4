import Glibc

/// A file that is written piece by piece and then appears whole, or not at all: under another name beside its place,
/// fsync(2), rename(2), fsync(2) of the folder. What is not committed is removed. Blocks.
package struct PendingFile: ~Copyable, Sendable {
  private let path: String
  private let temporary: String
  private let file: FileDescriptor
  private var isCommitted = false

  /// - Parameter path: Where the file is to be; its folder exists.
  /// - Throws: `SystemError`.
  package init(at path: String) throws(SystemError) {
    self.path = path
    // By chance: in containers that share a folder, every process has the same id.
    temporary = "\(path).\(String(UInt64.random(in: 0 ... .max), radix: 36)).tmp"
    file = try FileDescriptor.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
  }

  deinit { if !isCommitted { unlink(temporary) } }

  /// - Throws: `SystemError`.
  package func write(_ bytes: [UInt8]) throws(SystemError) {
    do { try file.writeAll(bytes) } catch { throw SystemError(error.action, path: path, code: error.code) }
  }

  /// Puts the file in its place, and over what was there.
  /// - Throws: `SystemError`; where the folder alone could not be written to disk, the file is in its place.
  package consuming func commit(mode: UInt32) throws(SystemError) {
    guard fchmod(file.rawValue, mode) == 0 else { throw .current("set the mode of", path: temporary) }
    try file.synchronize(temporary)
    guard rename(temporary, path) == 0 else { throw .current("replace", path: path) }
    isCommitted = true
    try FileDescriptor.synchronizeFolder(of: path)
  }
}

extension FileDescriptor {
  /// fsync(2).
  func synchronize(_ path: String) throws(SystemError) {
    guard uninterrupted({ fsync(rawValue) }) == 0 else { throw .current("write to disk", path: path) }
  }

  /// fsync(2) of the folder of `path`: makes a new name durable.
  static func synchronizeFolder(of path: String) throws(SystemError) {
    let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    try open(folder, O_RDONLY | O_DIRECTORY).synchronize(folder)
  }
}
