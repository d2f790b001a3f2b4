import Glibc
import LinuxSystem
import Model

extension LayoutFolder {
  /// Makes the folders where they are not there yet.
  /// - Throws: `RegistryError`.
  func createFolders() throws(RegistryError) {
    var folder = root
    for component in "\(repository)/blobs/sha256".split(separator: "/") {
      folder += "/\(component)"
      guard mkdir(folder, 0o777) == 0 || errno == EEXIST else {
        throw RegistryError(writing: SystemError("create the folder", path: folder, code: errno))
      }
    }
  }

  /// Writes the version where the layout lacks it: the last step of making one.
  /// - Throws: `RegistryError`.
  func complete() throws(RegistryError) {
    guard try !isFile(versionPath) else { return }
    try replace(versionPath, with: Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
  }

  func replace(_ path: String, with bytes: [UInt8]) throws(RegistryError) {
    do throws(SystemError) {
      try FileReplacement.replace(path, with: bytes, mode: 0o644)
    } catch {
      throw RegistryError(writing: error)
    }
  }

  /// Removes what writers that were killed left unfinished; what is being written stays. Under the lock.
  func removeAbandoned() {
    PendingFile.removeAbandoned(in: path) { ["index.json", "oci-layout"].contains($0) }
    PendingFile.removeAbandoned(in: blobsPath) { (try? Digest("sha256:\($0)")) != nil }
  }

  /// Waits for who else changes the layout: not long, for nobody holds it longer than a file takes to be written.
  /// - Throws: `RegistryError` naming the process that does.
  func lock() throws(RegistryError) -> LockFile {
    for _ in 1..<500 {
      do throws(LockFile.Failure) {
        return try LockFile("\(path)/.lock")
      } catch {
        guard case .held = error else { throw RegistryError(.transport, error.description) }
      }
      usleep(10_000)
    }
    do throws(LockFile.Failure) { return try LockFile("\(path)/.lock") } catch {
      throw RegistryError(.transport, error.description)
    }
  }
}

extension RegistryError {
  /// A file that could not be written.
  init(writing error: SystemError) {
    self.init(error.code == EROFS ? .readOnly : .transport, error.description)
  }
}
