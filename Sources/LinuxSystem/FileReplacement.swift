import Glibc

/// Replaces a file so that a reader, and a machine that loses power, sees the old bytes or the new ones,
/// never a part.
///
/// Writes a temporary file beside it, fsync(2), rename(2), fsync(2) of the folder. Blocks.
package enum FileReplacement {
  /// - Parameters:
  ///   - path: What a symbolic link there leads to is replaced, not the link.
  ///   - mode: For a new file; one that exists keeps its own.
  /// - Throws: `SystemError`; then the old file is as it was.
  package static func replace(_ path: String, with bytes: [UInt8], mode: UInt32 = 0o600) throws(SystemError) {
    let target = resolved(path)
    var status = stat()
    let finalMode = stat(target, &status) == 0 ? status.st_mode & 0o7777 : mode
    let temporary = "\(target).\(getpid()).tmp"
    unlink(temporary)  // left by a process of the same id that was killed
    do throws(SystemError) {
      let file = try FileDescriptor.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
      try file.writeAll(bytes)
      guard fchmod(file.rawValue, finalMode) == 0 else { throw .current("set the mode of", path: temporary) }
      try file.synchronize(temporary)
      guard rename(temporary, target) == 0 else { throw .current("replace", path: target) }
    } catch {
      unlink(temporary)
      throw error.path == nil ? SystemError(error.action, path: target, code: error.code) : error
    }
    try FileDescriptor.synchronizeFolder(of: target)
  }

  /// realpath(3); the path itself where nothing is there yet.
  private static func resolved(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
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
