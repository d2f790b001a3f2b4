import Glibc

/// Standard output and error, written whole: `print` into a pipe would be kept back.
enum Console {
  /// Results.
  static func out(_ text: String) { write(text, to: STDOUT_FILENO) }
  /// Messages and log lines: each one write(2), so that lines of two processes never mix.
  static func error(_ text: String) { write(text, to: STDERR_FILENO) }

  static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  private static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      // A reader that went away (head, a closed pipe) wants no more; there is nobody left to tell.
      guard written > 0 else { return }
      bytes = bytes.dropFirst(written)
    }
  }
}
