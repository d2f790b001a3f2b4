import Glibc

/// Replaces a file so that a reader, and a machine that loses power, sees the old bytes or the new ones,
/// never a part. Blocks.
package enum FileReplacement {
  /// - Parameters:
  ///   - path: What a symbolic link there leads to is replaced, not the link.
  ///   - mode: For a new file; one that exists keeps its own.
  /// - Throws: `SystemError`; then the old file is as it was, but where the folder alone could not be written to disk.
  package static func replace(_ path: String, with bytes: [UInt8], mode: UInt32 = 0o600) throws(SystemError) {
    let target = CanonicalPath.of(path) ?? path
    var status = stat()
    let finalMode = stat(target, &status) == 0 ? status.st_mode & 0o7777 : mode
    let file = try PendingFile(at: target)
    try file.write(bytes)
    try file.commit(mode: finalMode)
  }
}
