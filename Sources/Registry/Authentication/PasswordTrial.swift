import Synchronization

/// A password goes out with one request first, and with others once the registry took it: a wrong one that many requests
/// show at once may lock its account.
final class PasswordTrial: Sendable {
  enum Verdict { case taken, refused }

  enum Turn: Equatable {
    /// The caller's request tries it; then `end` is to be called.
    case first
    /// Another request tried it meanwhile.
    case waited
    /// Nobody tried it yet, and the caller's request is not to.
    case untried
    case over(Verdict)
  }

  private struct State {
    var verdict: Verdict?
    var attempt: (end: AsyncStream<Never>.Continuation, whole: Task<Void, Never>)?
  }

  private let state = Mutex(State())

  /// Waits while another request tries the password: no longer than that may take.
  /// - Parameter mayTry: Whether the others may wait for the caller's request.
  func turn(mayTry: Bool) async -> Turn {
    let (turn, attempt) = state.withLock { state -> (Turn, Task<Void, Never>?) in
      if let verdict = state.verdict { return (.over(verdict), nil) }
      if let attempt = state.attempt { return (.waited, attempt.whole) }
      guard mayTry else { return (.untried, nil) }
      let (stream, end) = AsyncStream<Never>.makeStream()
      state.attempt = (end, Task { for await _ in stream {} })
      return (.first, nil)
    }
    await attempt?.value
    return turn
  }

  /// Waits until it is the caller's turn, or nobody has to try any more.
  /// - Returns: Whether the caller tries; then `end` is to be called.
  func begin() async -> Bool {
    while true {
      switch await turn(mayTry: true) {
      case .first: return true
      case .over, .untried: return false
      case .waited: continue
      }
    }
  }

  /// - Parameter verdict: Nil where the registry gave none: then the next request tries it.
  func end(_ verdict: Verdict?) {
    state.withLock { state in
      state.verdict = verdict
      state.attempt?.end.finish()
      state.attempt = nil
    }
  }
}
