import Glibc
import Synchronization

extension ChildProcess {
  /// What the waiting thread and the owner share. A signal is sent only while the id can't have been
  /// reused: before the process is reaped.
  final class Life: Sendable {
    private struct State: ~Copyable {
      var termination: Termination?
      var waiters: [CheckedContinuation<Termination, Never>] = []
      /// Closed when the process has ended.
      var exitWriter: FileDescriptor?
    }

    let id: Int32
    let exitReader: FileDescriptor
    private let state: Mutex<State>

    init(id: Int32, exit: consuming Pipe) {
      self.id = id
      exitReader = exit.reader
      state = Mutex(State(exitWriter: exit.writer))
    }

    var termination: Termination? { state.withLock { $0.termination } }

    func signal(_ signal: Int32) {
      state.withLock { state in
        guard state.termination == nil else { return }
        Glibc.kill(-id, signal)
      }
    }

    func wait() async -> Termination {
      await withCheckedContinuation { continuation in
        let ended = state.withLock { state in
          if state.termination == nil { state.waiters.append(continuation) }
          return state.termination
        }
        if let ended { continuation.resume(returning: ended) }
      }
    }

    /// Blocks until the process has ended.
    func reap() {
      var information = siginfo_t()
      uninterrupted { waitid(P_PID, id_t(id), &information, Int32(WEXITED | WNOWAIT)) }
      let (termination, waiters) = state.withLock { state in
        var status: Int32 = 0
        let reaped = uninterrupted { waitpid(id, &status, 0) }
        let termination: Termination = reaped == id ? Termination(waitStatus: status) : .lost
        state.termination = termination
        state.exitWriter = nil
        defer { state.waiters = [] }
        return (termination, state.waiters)
      }
      for waiter in waiters { waiter.resume(returning: termination) }
    }
  }
}

extension ChildProcess.Termination {
  /// Reads what waitpid(2) stored (wait(2), WIFEXITED, WEXITSTATUS, WTERMSIG).
  fileprivate init(waitStatus: Int32) {
    let signal = waitStatus & 0x7f
    self = signal == 0 ? .exited(status: waitStatus >> 8 & 0xff) : .killed(signal: signal)
  }
}
