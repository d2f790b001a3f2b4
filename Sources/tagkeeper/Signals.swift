import Glibc
import Synchronization

/// The process's signals, taken on the main thread alone.
enum Signals {
  /// What the command under way makes of them; each at most once at a time.
  private struct Handlers {
    var stop: (@Sendable () -> Void)?
    var hangUp: @Sendable () -> Void = {}
  }
  private static let handlers = Mutex(Handlers())

  /// Before any other thread starts.
  static func block() {
    var set = watched
    pthread_sigmask(SIG_BLOCK, &set, nil)
    // A reader that closes our output must not end the daemon.
    signal(SIGPIPE, SIG_IGN)
  }

  /// SIGTERM and SIGINT; without a handler they end the process.
  static func onStop(_ handler: @escaping @Sendable () -> Void) { handlers.withLock { $0.stop = handler } }

  /// SIGHUP; without a handler it is ignored.
  static func onHangUp(_ handler: @escaping @Sendable () -> Void) {
    handlers.withLock { $0.hangUp = handler }
  }

  static func wait() -> Never {
    var set = watched
    while true {
      var number: Int32 = 0
      guard sigwait(&set, &number) == 0 else { continue }
      let handlers = handlers.withLock(\.self)
      if number == SIGHUP {
        handlers.hangUp()
      } else if let stop = handlers.stop {
        stop()
      } else {
        exit(128 + number)
      }
    }
  }

  private static var watched: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for number in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&set, number) }
    return set
  }
}
