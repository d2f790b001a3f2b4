import Glibc

/// A program that one thread writes to and reads from. It blocks: only for a `WorkerThread`, which also
/// keeps SIGPIPE away.
///
/// While a read waits, input that is still to be written and what arrives on standard error are moved too,
/// so that neither side stops at a full pipe. When the program has ended, what it wrote is read to the end;
/// children of its own that hold the pipes open are not waited for.
package final class ProcessConversation {
  package let process: ChildProcess
  var input: FileDescriptor?
  let output: FileDescriptor
  let errorStream: FileDescriptor
  var unwritten = ByteQueue()
  var unread = ByteQueue()
  var inputIsFinished = false
  var outputHasEnded = false
  var errorHasEnded = false
  var errorTail: [UInt8] = []
  var deadline: (instant: Duration, limit: Duration)?
  let grace: Duration

  /// Starts `command`.
  /// - Parameter grace: What it has to end by itself, after a SIGTERM, where it takes too long.
  /// - Throws: `ChildProcessError`.
  package init(_ command: Command, grace: Duration = .zero) throws(ChildProcessError) {
    self.grace = grace
    do throws(SystemError) {
      let input = try Pipe()
      let output = try Pipe()
      let errors = try Pipe()
      process = try ChildProcess(
        command,
        streams: Streams(input: input.reader, output: output.writer, errorOutput: errors.writer))
      self.input = .some(input.writer)
      self.output = output.reader
      errorStream = errors.reader
      try setNonBlocking()
    } catch {
      throw ChildProcessError(starting: command, error)
    }
  }

  /// From now, the calls that follow may take `limit` together; then the group is killed and they throw
  /// `timedOut`.
  package func allow(_ limit: Duration) { deadline = (SystemClock.monotonic() + limit, limit) }

  /// Queues `bytes` for standard input; they are written while a read waits.
  package func send(_ bytes: some Sequence<UInt8>) { unwritten.append(bytes) }

  /// Closes standard input as soon as everything is written.
  package func finishInput() {
    inputIsFinished = true
    closeInputIfDone()
  }

  /// What precedes the next `delimiter`; nil at the end of the output.
  /// - Throws: `ChildProcessError`: `ended` where the output ends without the delimiter, `outputTooLarge`,
  ///   `timedOut`.
  package func read(through delimiter: UInt8, limit: Int = 64 << 20) throws(ChildProcessError) -> [UInt8]? {
    while true {
      if let piece = unread.take(through: delimiter) { return piece }
      guard unread.count <= limit else { throw tooLarge(limit) }
      if outputHasEnded {
        if unread.isEmpty { return nil }
        throw ended()
      }
      try pump()
    }
  }

  /// The next `count` bytes.
  /// - Throws: `ChildProcessError`: `ended` where there are fewer, `timedOut`.
  package func read(count: Int) throws(ChildProcessError) -> [UInt8] {
    while unread.count < count {
      if outputHasEnded { throw ended() }
      try pump()
    }
    return unread.take(count)
  }

  /// All that is still to come.
  /// - Throws: `ChildProcessError`: `outputTooLarge`, `timedOut`.
  package func readToEnd(limit: Int) throws(ChildProcessError) -> [UInt8] {
    while !outputHasEnded {
      guard unread.count <= limit else { throw tooLarge(limit) }
      try pump()
    }
    guard unread.count <= limit else { throw tooLarge(limit) }
    return unread.take(unread.count)
  }

  /// Closes standard input, drops the output that is still to come, and waits for the end.
  /// - Throws: `ChildProcessError`: `timedOut`.
  package func finish() throws(ChildProcessError) -> ChildProcess.Termination {
    unwritten.drop(unwritten.count)
    finishInput()
    while true {
      if let termination = process.termination { return termination }
      unread.drop(unread.count)
      try pump()
    }
  }

  /// The end of what came on standard error, at most 64 KiB.
  package var errorOutput: [UInt8] { errorTail }

  private func tooLarge(_ limit: Int) -> ChildProcessError {
    process.kill()
    return ChildProcessError(
      .outputTooLarge, process.command, "wrote more than \(limit) bytes and was killed",
      errorOutput: errorTail)
  }

  private func ended() -> ChildProcessError {
    ChildProcessError(
      .ended, process.command, process.termination.map { "ended early, \($0)" } ?? "closed its output early",
      errorOutput: errorTail)
  }
}
