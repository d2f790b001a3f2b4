import Configuration
import Glibc
import Model

extension Settings.Host {
  /// The TLS library opens these on the one thread of all requests: a named pipe that nobody writes to would hold that for
  /// ever. Where nothing is there the first request says so.
  /// - Throws: `CommandFailure` for what is there and is no regular file.
  func requireReadableTLSFiles() throws(CommandFailure) {
    for (key, path) in [
      ("caFile", caFile), ("clientCertificate", clientCertificate), ("clientKey", clientKey),
    ] {
      guard let path, let kind = Self.kindUnlessRegular(path) else { continue }
      throw CommandFailure(
        "\(key) \(path.quoted) is \(kind), and no regular file: name the file that has it in PEM form")
    }
  }

  /// By inode(7), "The file type and mode".
  private static func kindUnlessRegular(_ path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return switch status.st_mode & S_IFMT {
    case S_IFREG: nil
    case S_IFDIR: "a folder"
    case S_IFIFO: "a named pipe"
    case S_IFSOCK: "a socket"
    default: "a device"
    }
  }
}
