import Glibc

/// A program to start: found in the given environment's `PATH`, with nothing inherited.
package struct Command: Hashable, Sendable, CustomStringConvertible {
  /// A name to look up in `PATH`, or a path where it has a `/`.
  package var executable: String
  /// Without the name of the program itself.
  package var arguments: [String]
  /// All of the child's environment.
  package var environment: [String: String]
  /// The parent's where nil.
  package var workingDirectory: String?
  /// In a session of its own (setsid(2)): without this process's terminal, on which it could ask a person.
  package var leavesTerminal = false

  package init(
    _ executable: String, _ arguments: [String] = [], environment: [String: String],
    workingDirectory: String? = nil
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.workingDirectory = workingDirectory
  }

  /// The command line, for people: arguments with other than plain characters are quoted for a shell.
  package var description: String {
    ([executable] + arguments).map { argument in
      let isPlain =
        !argument.isEmpty
        && argument.unicodeScalars.allSatisfy {
          $0.properties.isAlphabetic || ("0"..."9").contains($0) || "-_./:=,@%+^~".unicodeScalars.contains($0)
        }
      return isPlain
        ? argument
        : "'"
          + argument.split(separator: "'", omittingEmptySubsequences: false)
          .joined(separator: #"'\''"#) + "'"
    }.joined(separator: " ")
  }

  /// Where the program is; nil where no folder of `PATH` has it (execvp(3), without its default path).
  package func executablePath() -> String? {
    if executable.contains("/") { return executable }
    for folder in (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":") {
      let candidate = "\(folder)/\(executable)"
      var status = stat()
      if access(candidate, X_OK) == 0, stat(candidate, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
        return candidate
      }
    }
    return nil
  }
}
