import Glibc
import Synchronization

/// The sockets of a server. They are closed, and cut, under one lock: the number of a closed one may be another's by then.
final class OpenSockets: Sendable {
  private struct State {
    var open: Set<Int32> = []
    var isOver = false
  }

  private let state = Mutex(State())

  /// False once all were cut: then the socket is closed.
  func add(_ socket: Int32) -> Bool {
    state.withLock { state in
      if state.isOver {
        Glibc.close(socket)
      } else {
        state.open.insert(socket)
      }
      return !state.isOver
    }
  }

  func close(_ socket: Int32) {
    state.withLock { state in
      guard state.open.remove(socket) != nil else { return }
      Glibc.close(socket)
    }
  }

  /// Ends what waits on any of them.
  func cutAll() {
    state.withLock { state in
      state.isOver = true
      for socket in state.open { shutdown(socket, Int32(SHUT_RDWR)) }
    }
  }
}
