import LinuxSystem

extension GitRepository {
  /// Runs git to its end beside the actor's thread. The status is the caller's to judge.
  /// - Throws: `GitError`, `CancellationError`, `SystemError`.
  nonisolated func run(_ arguments: [String], input: [UInt8] = [], as writer: Writer = .nobody) async throws
    -> CompletedProcess
  {
    try await run(program.command(in: path, arguments, as: writer), input: input, timeout: program.timeout)
  }

  /// As above, for a command that is ready.
  nonisolated func run(_ command: Command, input: [UInt8] = [], timeout: Duration) async throws
    -> CompletedProcess
  {
    do {
      return try await ChildProcess.run(command, input: input, timeout: timeout)
    } catch let error as ChildProcessError {
      throw GitError(error)
    }
  }

  /// The same for a git that writes; what it printed.
  /// - Throws: `GitError.noIdentity`, and `notWritten` where it fails.
  nonisolated func write(_ arguments: [String], input: [UInt8] = [], as writer: Writer = .nobody) async throws
    -> String
  {
    let done = try await run(Self.writing + arguments, input: input, as: writer)
    guard done.termination.isSuccess else {
      throw notWritten(by: arguments[0], done.termination, done.errorOutput)
    }
    return done.outputText
  }

  /// Configuration for what writes (git-config(1)).
  static let writing = [
    // By default a branch survives a loss of power, the loose objects that it names do not.
    "-c", "core.fsync=committed",
    // Messages are UTF-8, whatever the repository's are.
    "-c", "i18n.commitEncoding=UTF-8",
    // In milliseconds: a lock that stands longer is a dead git's.
    "-c", "core.filesRefLockTimeout=2000",
  ]

  /// The error for a `git <subcommand>` that failed.
  nonisolated func notWritten(
    by subcommand: String, _ termination: ChildProcess.Termination, _ errorOutput: [UInt8]
  ) -> GitError {
    let said = String(decoding: errorOutput, as: UTF8.self)
    let complaints = errorOutput.complaints
    if said.contains("Please tell me who you are") || said.contains("only of disallowed characters") {
      return GitError(
        .noIdentity, "\(path): git does not know who commits: \(complaints)", remedy: Signature.remedy)
    }
    return GitError(
      .notWritten,
      "\(path): git \(subcommand) failed: \(complaints.isEmpty ? "\(termination)" : complaints)")
  }
}
