import Glibc

/// An exclusive lock on a folder (flock(2)), held until this value's life, or the process, ends: whoever may read the
/// folder may take it, and no file is left behind. Blocks until it is free, which its holders make a matter of moments.
package struct FolderLock: ~Copyable, Sendable {
  private let folder: FileDescriptor

  /// - Throws: `SystemError`.
  package init(_ path: String) throws(SystemError) {
    let folder = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
    guard uninterrupted({ flock(folder.rawValue, LOCK_EX) }) == 0 else { throw .current("lock", path: path) }
    self.folder = folder
  }

  /// A child that another thread is spawning has the descriptor too (flock(2)).
  deinit { flock(folder.rawValue, LOCK_UN) }
}
