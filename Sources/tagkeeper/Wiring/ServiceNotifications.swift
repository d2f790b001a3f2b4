import LinuxSystem
import Model
import Reconciler
import Synchronization

/// What the daemon tells the service manager that started it, if one did, by sd_notify(3).
struct ServiceNotifications {
  private let socket: NotifySocket?
  private let watchdog: Duration?
  private let log: Log

  /// - Parameter environment: The process's own.
  /// - Throws: `CommandFailure` for variables that no service manager sets.
  init(_ environment: [String: String], _ log: Log) throws(CommandFailure) {
    self.log = log
    do {
      let wanted = try NotifyEnvironment(environment)
      socket = try wanted.address.map { address throws(SystemError) in
        try NotifySocket(address) { log.warning("\($0)") }
      }
      watchdog = wanted.watchdog
    } catch {
      throw CommandFailure(error)
    }
  }

  /// How long the loop may take no step: half of what the watchdog allows (sd_watchdog_enabled(3)), or the unit's.
  var patience: Duration { (watchdog ?? .seconds(600)) / 2 }

  /// The log, whose last word of each channel is the status line too.
  var events: any EventSink { socket.map { StatusLine(log: log, socket: $0) } ?? log }

  /// Whoever waits for the daemon's start need wait no longer.
  func ready() { socket?.post("READY=1") }

  func stopping() { socket?.post("STOPPING=1") }

  /// Returns once all that was told was sent.
  func flush() async { await socket?.flush() }

  /// Says, eight times in the time that the watchdog allows (sd_watchdog_enabled(3)), that the daemon lives, while the
  /// loop's last step is less than half of that time ago; until it is cancelled. After a look that
  /// finds the loop late others come in time: when it goes on, so does the feeding.
  func feedWatchdog(_ heartbeat: Heartbeat, _ time: any TimeSource) async {
    guard let socket, let watchdog else { return }
    var wasAlive = true
    while (try? await time.sleep(until: time.monotonic() + watchdog / 8)) != nil {
      let silence = heartbeat.silence
      let isAlive = silence < patience
      if isAlive {
        socket.post("WATCHDOG=1")
      } else if wasAlive {
        log.warning(
          "no pass got on for \(silence.milliseconds / 1000) s, and the watchdog is not fed: it ends the daemon unless one does"
        )
      }
      wasAlive = isAlive
    }
  }
}

/// The log, beside which the service manager is told how each channel stands.
private final class StatusLine: EventSink {
  private let log: Log
  private let socket: NotifySocket
  private let standings = Mutex<[String: String]>([:])

  init(log: Log, socket: NotifySocket) { (self.log, self.socket) = (log, socket) }

  func take(_ event: Event) {
    log.take(event)
    switch event {
    case .pass, .unchanged, .held, .stopped, .waiting: tell(LogLine(event))
    default: break
    }
  }

  private func tell(_ line: LogLine) {
    guard let channel = line.channel else { return }
    let text = standings.withLock { standings in
      standings[channel] = line.headline
      return standings.sorted { $0.key < $1.key }.map { "\($0): \($1)" }.joined(separator: "; ")
    }
    socket.post("STATUS=\(text)")
  }
}
