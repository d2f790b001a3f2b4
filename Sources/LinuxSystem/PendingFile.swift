import Glibc

/// A file that is written piece by piece and then appears whole, or not at all: under another name beside its place,
/// fsync(2), rename(2), fsync(2) of the folder. What is not committed is removed. Blocks.
///
/// The writer holds a lock on it (flock(2)): what a killed one left has none, and `removeAbandoned` takes it away.
package struct PendingFile: ~Copyable, Sendable {
  private let path: String
  private let temporary: String
  private let file: FileDescriptor

  /// - Parameter path: Where the file is to be; its folder exists.
  /// - Throws: `SystemError`.
  package init(at path: String) throws(SystemError) {
    self.path = path
    while true {
      // By chance: in containers that share a folder, every process has the same id.
      let temporary = "\(path).\(String(UInt64.random(in: 0 ... .max), radix: 36)).tmp"
      let file = try FileDescriptor.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
      // Before it was locked somebody may have taken it for a dead writer's.
      guard file.lock() || errno != EWOULDBLOCK, file.hasName else { continue }
      self.temporary = temporary
      self.file = file
      return
    }
  }

  /// Removes what writers that are no more left of a file or folder's files: those that nobody holds a lock on. Whatever
  /// can't be read or removed stays.
  /// - Parameters:
  ///   - folder: Its own files alone are looked at.
  ///   - isOne: Tells whose remains may go, by the name that the finished file was to have.
  package static func removeAbandoned(in folder: String, of isOne: (String) -> Bool) {
    guard let entries = opendir(folder) else { return }
    defer { closedir(entries) }
    while let entry = readdir(entries) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard let match = name.wholeMatch(of: /(.+)\.[0-9a-z]{1,13}\.tmp/), isOne(String(match.1)) else {
        continue
      }
      let path = "\(folder)/\(name)"
      // A named pipe must not hold the reader, and a link's target is nobody's remains.
      guard let file = try? FileDescriptor.open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW), file.lock() else {
        continue
      }
      unlink(path)
    }
  }

  // One that is in its place has this name no more.
  deinit { unlink(temporary) }

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
    try FileDescriptor.synchronizeFolder(of: path)
  }
}

extension FileDescriptor {
  /// flock(2), exclusive, without waiting. False where another has it, and where the file system has no locks.
  fileprivate func lock() -> Bool { uninterrupted { flock(rawValue, LOCK_EX | LOCK_NB) } == 0 }

  /// False once the file has been removed.
  fileprivate var hasName: Bool {
    var status = stat()
    return fstat(rawValue, &status) == 0 && status.st_nlink > 0
  }

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
