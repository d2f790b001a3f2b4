import FoundationEssentials
import Glibc

/// Who runs this program, as others know them.
enum UserName {
  /// The user who became root by sudo(8), else the one that the process belongs to.
  static var current: String {
    let user = ProcessInfo.processInfo.environment["SUDO_USER"] ?? ""
    if geteuid() == 0, !user.isEmpty { return user }
    guard let entry = getpwuid(geteuid()) else { return "user \(geteuid())" }
    return String(cString: entry.pointee.pw_name)
  }
}
