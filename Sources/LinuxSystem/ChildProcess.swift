import Glibc
import Synchronization

/// A started program, the leader of a process group of its own. Its group is killed when the last reference
/// goes.
package final class ChildProcess: Sendable {
  /// How a process ended (wait(2)).
  package enum Termination: Hashable, Sendable, CustomStringConvertible {
    case exited(status: Int32)
    case killed(signal: Int32)
    /// Unknown, because SIGCHLD is ignored in this process, so that the kernel keeps no status.
    case lost

    package var isSuccess: Bool { self == .exited(status: 0) }

    package var description: String {
      switch self {
      case .exited(let status): "exit status \(status)"
      case .killed(let signal): "killed by signal \(signal) (\(String(cString: strsignal(signal))))"
      case .lost: "exit status unknown, because SIGCHLD is ignored"
      }
    }
  }

  package let command: Command
  /// The process id, and the id of its group.
  package let id: Int32
  private let life: Life

  /// Starts `command` with no input and its output discarded or in files: for what runs long.
  /// - Throws: `ChildProcessError`.
  package static func start(
    _ command: Command, output: Output = .discarded, errorOutput: Output = .discarded
  ) throws(ChildProcessError) -> ChildProcess {
    do throws(SystemError) {
      let streams = Streams(
        input: try .open("/dev/null", O_RDONLY), output: try output.open(),
        errorOutput: try errorOutput.open())
      return try ChildProcess(command, streams: streams)
    } catch {
      throw ChildProcessError(starting: command, error)
    }
  }

  /// Where a stream of a long-running process goes.
  package enum Output: Hashable, Sendable {
    case discarded
    /// Created with mode 0600 where it does not exist, appended to where it does.
    case file(String)

    fileprivate func open() throws(SystemError) -> FileDescriptor {
      switch self {
      case .discarded: try .open("/dev/null", O_WRONLY)
      case .file(let path): try .open(path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
      }
    }
  }

  /// The thread that waits for the child exists before the child does: no child is left unreaped.
  init(_ command: Command, streams: consuming Streams) throws(SystemError) {
    let waiter = try WorkerThread(named: "wait")
    let exit = try Pipe()
    let id = try Spawn(command, streams: streams).start()
    let life = Life(id: id, exit: exit)
    waiter.start { life.reap() }
    (self.id, self.life, self.command) = (id, life, command)
  }

  deinit { life.signal(SIGKILL) }

  /// Sends `signal` to the whole group; nothing where the process has ended already.
  package func signal(_ signal: Int32) { life.signal(signal) }

  /// SIGKILL to the whole group.
  package func kill() { life.signal(SIGKILL) }

  /// Asks the whole group to end (SIGTERM), and kills what is left of it after `grace`; at once where that is
  /// zero. It counts as ended once all of this is done.
  package func end(within grace: Duration) {
    guard grace > .zero else { return kill() }
    life.end(at: SystemClock.monotonic() + grace)
  }

  /// How it ended; nil while it runs.
  package var termination: Termination? { life.termination }

  /// Waits for its end, without blocking. Children of its own may run on.
  package func wait() async -> Termination { await life.wait() }

  /// Becomes readable, with end of file, when the process has ended: for poll(2).
  var exitDescriptor: Int32 { life.exitReader.rawValue }
}
