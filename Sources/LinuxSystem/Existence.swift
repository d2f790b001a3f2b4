import Glibc

/// Whether something is at `path`, or may be: false only where stat(2) says that there is nothing, by ENOENT or ENOTDIR.
/// What can't be looked at, such as a file in another user's folder, may exist: reading it then says why it can't be.
///
/// Follows symbolic links: one that leads nowhere is nothing.
package func mayExist(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 || errno != ENOENT && errno != ENOTDIR
}
