import Glibc

/// A system call that failed: `can't open /var/lib/x: Permission denied`.
package struct SystemError: Error, Equatable, CustomStringConvertible {
  /// What was tried, as a verb: `open`, `lock`.
  package let action: String
  /// What it was tried on; nil where there is no path.
  package let path: String?
  /// The error number (errno(3)).
  package let code: Int32
  /// What mends it, where that is known.
  package let remedy: String?

  package init(_ action: String, path: String? = nil, code: Int32, remedy: String? = nil) {
    self.action = action
    self.path = path
    self.code = code
    self.remedy = remedy
  }

  /// Reads `errno`: call it before anything else can change it.
  static func current(_ action: String, path: String? = nil, remedy: String? = nil) -> SystemError {
    SystemError(action, path: path, code: errno, remedy: remedy)
  }

  package var description: String {
    "can't \(action)\(path.map { " " + $0 } ?? ""): \(Self.text(of: code))\(remedy.map { ": \($0)" } ?? "")"
  }

  /// strerror(3), which glibc has made safe between threads since 2.32.
  static func text(of code: Int32) -> String {
    strerror(code).map { String(cString: $0) } ?? "error \(code)"
  }
}

/// Repeats `call` while a signal interrupts it (signal(7), EINTR). The result is -1 for any other error.
@discardableResult
func uninterrupted<Value: SignedInteger>(_ call: () -> Value) -> Value {
  while true {
    let value = call()
    if value != -1 || errno != EINTR { return value }
  }
}
