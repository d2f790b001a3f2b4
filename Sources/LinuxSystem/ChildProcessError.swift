import Glibc

/// A process that could not be started, or did not do what it was started for.
package struct ChildProcessError: Error, Equatable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    /// No such program in `PATH`.
    case notFound
    /// The system refused to start it, or to talk to it: `cause` says why.
    case system
    /// It did not end, or did not answer, in time, and was killed with its group.
    case timedOut
    /// It wrote more than was allowed, and was killed with its group.
    case outputTooLarge
    /// It ended in the middle of a conversation.
    case ended
  }

  package let code: Code
  /// The command line.
  package let command: String
  /// What happened.
  package let problem: String
  /// The system call's error, for `system`.
  package let cause: SystemError?
  /// The end of what it wrote to its standard error, as text.
  package let errorOutput: String

  init(
    _ code: Code, _ command: Command, _ problem: String, cause: SystemError? = nil, errorOutput: [UInt8] = []
  ) {
    self.code = code
    self.command = command.description
    self.problem = problem
    self.cause = cause
    self.errorOutput = String(decoding: errorOutput, as: UTF8.self).trimmed
  }

  /// - Parameter cause: What kept the program from starting.
  init(starting command: Command, _ cause: SystemError) {
    let isMissing = cause.code == ENOENT && command.executablePath() == nil
    self.init(isMissing ? .notFound : .system, command, "not started", cause: cause)
  }

  package var description: String {
    "\(command): \(problem)\(cause.map { ": \($0)" } ?? "")\(errorOutput.isEmpty ? "" : ": \(errorOutput)")"
  }
}

extension String {
  fileprivate var trimmed: String {
    guard let last = lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(self[...last].drop { $0.isWhitespace })
  }
}
