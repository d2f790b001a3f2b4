import Glibc

package enum CanonicalPath {
  /// The path from the root on, without links, `.` and `..` (realpath(3)); nil where nothing is there. Blocks.
  package static func of(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
