import Glibc
import Synchronization

/// A process that ran to its end.
package struct CompletedProcess: Hashable, Sendable {
  package let command: Command
  package let termination: ChildProcess.Termination
  /// All of its standard output.
  package let output: [UInt8]
  /// The end of its standard error, at most 64 KiB.
  package let errorOutput: [UInt8]
}

extension ChildProcess {
  /// Runs `command` to its end and collects what it wrote. The status is the caller's to judge. Cancelling
  /// the task kills the group.
  /// - Parameters:
  ///   - input: Its standard input.
  ///   - outputLimit: In bytes: more is an error, and ends it.
  ///   - timeout: For all of it: then the group is killed.
  ///   - grace: What a group that is to be killed has before, after a SIGTERM, to remove what it left unfinished.
  /// - Throws: `ChildProcessError`, `CancellationError`, `SystemError` where there is no thread to be had.
  package static func run(
    _ command: Command, input: [UInt8] = [], outputLimit: Int = 64 << 20, timeout: Duration,
    grace: Duration = .zero
  ) async throws -> CompletedProcess {
    try await converse(with: command, grace: grace) { conversation in
      try conversation.run(input: input, outputLimit: outputLimit, timeout: timeout)
    }
  }

  /// Starts `command` and runs `body` on a thread of its own, where it may block. Afterwards the group is
  /// killed, if it still runs; so it is when the task is cancelled.
  /// - Throws: What `body` throws, or as `run` does.
  package static func converse<Value: Sendable>(
    with command: Command, grace: Duration = .zero,
    _ body: @escaping @Sendable (ProcessConversation) throws -> Value
  ) async throws -> Value {
    let thread = try WorkerThread(named: "talk")
    let cancellation = Cancellation(grace: grace)
    return try await withTaskCancellationHandler {
      let result = await thread.run { () -> Result<Value, any Error> in
        Result {
          let conversation = try ProcessConversation(command, grace: grace)
          cancellation.adopt(conversation.process)
          return try body(conversation)
        }
      }
      // What a killed process left behind is no result.
      try Task.checkCancellation()
      return try result.get()
    } onCancel: {
      cancellation.cancel()
    }
  }
}

extension ProcessConversation {
  /// Runs the program to its end, blocking: `ChildProcess.run` for who is on a `WorkerThread` already.
  /// - Throws: `ChildProcessError`.
  package func run(input: [UInt8] = [], outputLimit: Int = 64 << 20, timeout: Duration)
    throws(ChildProcessError) -> CompletedProcess
  {
    allow(timeout)
    send(input)
    finishInput()
    let output = try readToEnd(limit: outputLimit)
    let termination = try finish()
    return CompletedProcess(
      command: process.command, termination: termination, output: output, errorOutput: errorOutput)
  }
}

/// Ends a process when its task is cancelled, whichever of both comes first.
private final class Cancellation: Sendable {
  private let grace: Duration
  private let state = Mutex<(isCancelled: Bool, process: ChildProcess?)>((false, nil))

  init(grace: Duration) { self.grace = grace }

  func adopt(_ process: ChildProcess) {
    let isCancelled = state.withLock { state in
      state.process = process
      return state.isCancelled
    }
    if isCancelled { process.end(within: grace) }
  }

  func cancel() {
    let process = state.withLock { state in
      state.isCancelled = true
      return state.process
    }
    process?.end(within: grace)
  }
}
