import Glibc

/// What the service manager that started this process, if one did, wants to hear of it, by the environment (sd_notify(3),
/// sd_watchdog_enabled(3)).
package struct NotifyEnvironment: Hashable, Sendable {
  /// They are for this process alone: no child may be given them.
  package static let variables: Set = ["NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"]

  /// Where it listens: an absolute path, or `@` and an abstract name (unix(7)); nil where it does not.
  package let address: String?
  /// The longest time without a sign of life before it ends the process; nil where it waits for none.
  package let watchdog: Duration?

  /// - Throws: `SystemError` for variables that no service manager sets.
  package init(_ environment: [String: String], processID: Int32 = getpid()) throws(SystemError) {
    address = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
    let isOurs = environment["WATCHDOG_PID"].map { $0 == "\(processID)" } ?? true
    guard isOurs, let text = environment["WATCHDOG_USEC"], !text.isEmpty else {
      watchdog = nil
      return
    }
    guard let microseconds = Int64(text), microseconds > 0 else {
      throw SystemError(
        "read WATCHDOG_USEC", code: EINVAL, remedy: "unset it, or set it to a positive number of microseconds"
      )
    }
    watchdog = .microseconds(microseconds)
  }
}
