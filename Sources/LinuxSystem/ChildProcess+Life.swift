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
      /// Monotonic: when what is left of the group is killed; nil while nobody ends it.
      var killTime: Duration?
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

    /// SIGTERM now, and SIGKILL at `instant` for all of the group that is left, its leader or others.
    func end(at instant: Duration) {
      let isFirst = state.withLock { state in
        guard state.termination == nil, state.killTime == nil else { return false }
        state.killTime = instant
        Glibc.kill(-id, SIGTERM)
        return true
      }
      guard isFirst else { return }
      Task.detached {
        try? await Task.sleep(for: instant - SystemClock.monotonic())
        self.signal(SIGKILL)
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
      killRemains()
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

    /// Children that outlive a leader that was told to end have their time, too. Until it is reaped its group
    /// can't be another's.
    private func killRemains() {
      guard let instant = state.withLock({ $0.killTime }) else { return }
      let rest = instant - SystemClock.monotonic()
      if rest > .zero { usleep(useconds_t(rest / .microseconds(1))) }
      Glibc.kill(-id, SIGKILL)
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
