import Glibc

/// An exclusive lock between processes (flock(2)), held until this value's life, or the process, ends.
/// Children don't inherit it. The file stays, and names its last holder.
package struct LockFile: ~Copyable, Sendable {
  package enum Failure: Error, Equatable, CustomStringConvertible {
    /// `holder` is nil where it has not written its process id yet.
    case held(path: String, holder: Int32?)
    case system(SystemError)

    package var description: String {
      switch self {
      case .held(let path, let holder):
        "can't lock \(path): \(holder.map { "process \($0)" } ?? "another process") holds it"
      case .system(let error): error.description
      }
    }
  }

  private let file: FileDescriptor

  /// Locks `path`, which is created with mode 0600, and writes this process's id into it. Never waits.
  /// - Throws: `Failure`.
  package init(_ path: String) throws(Failure) {
    while true {
      let file = try Self.open(path)
      guard uninterrupted({ flock(file.rawValue, LOCK_EX | LOCK_NB) }) == 0 else {
        guard errno == EWOULDBLOCK else { throw .system(.current("lock", path: path)) }
        throw .held(path: path, holder: Self.holder(file))
      }
      // Between open and flock somebody may have removed the file, and another made and locked a new one.
      guard Self.isStill(file, at: path) else { continue }
      do throws(SystemError) {
        guard ftruncate(file.rawValue, 0) == 0 else { throw .current("truncate", path: path) }
        try file.writeAll(Array("\(getpid())\n".utf8))
      } catch {
        throw .system(error)
      }
      self.file = file
      return
    }
  }

  /// A child that another thread is spawning has the descriptor until it executes its program: closing ours alone would
  /// leave it the lock (flock(2)).
  deinit { flock(file.rawValue, LOCK_UN) }

  private static func open(_ path: String) throws(Failure) -> FileDescriptor {
    do throws(SystemError) {
      return try FileDescriptor.open(path, O_RDWR | O_CREAT, mode: 0o600)
    } catch {
      throw .system(error)
    }
  }

  private static func holder(_ file: borrowing FileDescriptor) -> Int32? {
    guard let bytes = try? file.read(atMost: 32) else { return nil }
    return Int32(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }

  private static func isStill(_ file: borrowing FileDescriptor, at path: String) -> Bool {
    var (mine, there) = (stat(), stat())
    return fstat(file.rawValue, &mine) == 0 && stat(path, &there) == 0 && mine.st_dev == there.st_dev
      && mine.st_ino == there.st_ino
  }
}
