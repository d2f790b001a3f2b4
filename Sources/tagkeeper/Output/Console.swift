import Glibc

/// Standard output and error, written whole: `print` into a pipe would be kept back.
enum Console {
  /// Results. Where they can't be written the process ends with status 1: a script must not take part of a plan for all
  /// of it. A reader that went away (head, a closed pipe) wants no more, and that is no error.
  static func out(_ text: String) {
    guard let code = write(text, to: STDOUT_FILENO), code != EPIPE else { return }
    error("tagkeeper: the result can't be written: \(String(cString: strerror(code)))\n")
    exit(ExitStatus.attention.rawValue)
  }

  /// Messages and log lines: each one write(2), so that lines of two processes never mix.
  static func error(_ text: String) { _ = write(text, to: STDERR_FILENO) }

  static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// The error that kept all or part of `text` back; nil where all was written.
  private static func write(_ text: String, to descriptor: Int32) -> Int32? {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { return errno }
      bytes = bytes.dropFirst(written)
    }
    return nil
  }
}
