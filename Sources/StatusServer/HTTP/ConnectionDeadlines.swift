import Glibc
import Reconciler
import Synchronization

/// Closes connections whose request does not come to its end: libmicrohttpd's own timeout begins anew with each byte, so that
/// a client that sends one now and then could keep its connection for ever.
final class ConnectionDeadlines: Sendable {
  private struct State {
    /// By socket; nil while a request is being answered.
    var deadlines: [Int32: Duration?] = [:]
    var isWatched = false
  }

  private let limit: Duration
  private let time: any TimeSource
  private let state = Mutex(State())

  init(_ limit: Duration, _ time: any TimeSource) {
    self.limit = limit
    self.time = time
  }

  /// A connection was opened, or its last request answered.
  func awaitRequest(on socket: Int32) {
    let deadline = time.monotonic() + limit
    let begins = state.withLock { state in
      state.deadlines[socket] = .some(deadline)
      defer { state.isWatched = true }
      return !state.isWatched
    }
    if begins { Task { await watch() } }
  }

  /// The request came whole: how long its answer takes is not the client's doing.
  func requestCame(on socket: Int32) { state.withLock { $0.deadlines[socket] = .some(nil) } }

  /// The connection is about to be closed; its number may soon be another's.
  func closed(_ socket: Int32) { state.withLock { $0.deadlines[socket] = nil } }

  /// Until no request is awaited.
  private func watch() async {
    while let next = cutOverdue() {
      guard (try? await time.sleep(until: next)) != nil else { return }
    }
  }

  /// - Returns: The next deadline; nil, and the watch is over, where there is none.
  private func cutOverdue() -> Duration? {
    let now = time.monotonic()
    return state.withLock { state in
      for case (let socket, let deadline?) in state.deadlines where deadline <= now {
        // The server's thread sees the end and closes it; it can't have done so, for `closed` waits for the lock.
        shutdown(socket, Int32(SHUT_RDWR))
        state.deadlines[socket] = .some(nil)
      }
      let next = state.deadlines.values.compactMap(\.self).min()
      state.isWatched = next != nil
      return next
    }
  }
}
