import Glibc
package import LinuxSystem
import Model

/// Manifests in a folder, one file each, named by the digest's hex digits: the media type, a line feed, the bytes.
///
/// What is read is hashed again: a file that does not match is dropped. A file appears whole or not at all, and
/// the least recently used go when the folder outgrows its limit. A failure to write costs a fetch later.
package actor ManifestFolder {
  private let path: String
  private let limit: Int
  /// Files block: they have a thread of their own.
  private let worker: WorkerThread
  /// Bytes in the folder; nil until it was looked at.
  private var size: Int?

  package nonisolated var unownedExecutor: UnownedSerialExecutor { worker.executor }

  /// - Parameters:
  ///   - path: Created where it does not exist, with mode 0700; its parent exists.
  ///   - limit: Bytes that the files may have together.
  /// - Throws: `SystemError` where the folder can't be made, or the system allows no further thread.
  package init(path: String, limit: Int = 512 << 20) throws(SystemError) {
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw SystemError("create the folder", path: path, code: errno)
    }
    self.path = path
    self.limit = limit
    worker = try WorkerThread(named: "manifests")
  }

  /// Nil where the folder has none, or a corrupt one.
  func manifest(_ digest: Digest) -> Manifest? {
    let file = "\(path)/\(digest.hex)"
    guard let descriptor = try? FileDescriptor.open(file, O_RDONLY | O_NOFOLLOW),
      let content = try? descriptor.read(atMost: Self.maximumFileSize)
    else { return nil }
    let type = content.prefix { $0 != UInt8(ascii: "\n") }
    let bytes = Array(content[type.endIndex...].dropFirst())
    guard let mediaType = MediaType(rawValue: String(decoding: type, as: UTF8.self)), sha256(bytes) == digest
    else {
      unlink(file)
      size = nil
      return nil
    }
    Self.markUsed(descriptor)
    return Manifest(bytes: bytes, mediaType: mediaType, digest: digest)
  }

  func insert(_ manifest: Manifest) {
    let file = "\(path)/\(manifest.digest.hex)"
    let temporary = "\(file).\(getpid())"
    let content = Array(manifest.mediaType.rawValue.utf8) + [UInt8(ascii: "\n")] + manifest.bytes
    guard content.count <= Self.maximumFileSize, access(file, F_OK) != 0 else { return }
    do {
      let descriptor = try FileDescriptor.open(temporary, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
      try descriptor.writeAll(content)
      Self.markUsed(descriptor)
    } catch {
      unlink(temporary)
      return
    }
    guard rename(temporary, file) == 0 else {
      unlink(temporary)
      return
    }
    let total = size.map { $0 + content.count } ?? files().reduce(0) { $0 + $1.size }
    size = total
    if total > limit { prune() }
  }

  /// The time of the last use decides which files go first. The kernel's own stamps are those of its last tick, which
  /// many files share.
  private static func markUsed(_ file: borrowing FileDescriptor) {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let times = [now, now]
    futimens(file.rawValue, times)
  }

  /// A manifest of 4 MiB and its media type.
  private static let maximumFileSize = (4 << 20) + 256

  /// Drops the least recently used files until a quarter of the limit is free.
  private func prune() {
    var left = 0
    for file in files().sorted(by: { $0.lastUse > $1.lastUse }) {
      if left + file.size > limit / 4 * 3 { unlink(file.path) } else { left += file.size }
    }
    size = left
  }

  private struct File {
    let path: String
    let size: Int
    /// Seconds and nanoseconds.
    let lastUse: Duration
  }

  /// All files of the folder, those that a killed process left half written among them.
  private func files() -> [File] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var files: [File] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      var status = stat()
      let file = "\(path)/\(name)"
      guard lstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
      let used = Duration.seconds(status.st_mtim.tv_sec) + .nanoseconds(status.st_mtim.tv_nsec)
      files.append(File(path: file, size: Int(status.st_size), lastUse: used))
    }
    return files
  }
}
