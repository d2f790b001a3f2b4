import LinuxSystem
import Synchronization

/// What failed of late, by name, and is not tried again before a pause: credentials that a registry refused, whatever
/// they were to be used for, or token services that answered nobody. So either is asked once a pause, not once a tag.
final class RememberedFailures: Sendable {
  private let timing: AuthenticationTiming
  private let failures = Mutex<[String: RememberedFailure]>([:])

  init(_ timing: AuthenticationTiming) { self.timing = timing }

  /// How `name` failed shortly before; nil where it may be tried: of those that come as a pause ends, by the first.
  func current(_ name: String) -> RememberedFailure? {
    let now = timing.now()
    return failures.withLock { failures in
      guard let failure = failures[name] else { return nil }
      guard failure.isOver(at: now) else { return failure }
      failures[name]!.beginTrial(at: now)
      return nil
    }
  }

  /// How `name` failed, as long as the pause runs.
  func paused(_ name: String) -> RememberedFailure? {
    let now = timing.now()
    return failures.withLock { $0[name].flatMap { now < $0.until ? $0 : nil } }
  }

  /// - Parameter fingerprint: Of the credentials' files, as they were before the credentials were read.
  func remember(_ error: RegistryError, of name: String, _ fingerprint: [FileStamp?]) {
    let now = timing.now()
    failures.withLock { RememberedFailure.record(error, in: &$0[name], at: now, fingerprint) }
  }

  func forget(_ name: String) { failures.withLock { $0[name] = nil } }

  /// Forgets what failed with files that were others.
  func keep(_ fingerprint: [FileStamp?]) {
    failures.withLock { $0 = $0.filter { $0.value.fingerprint == fingerprint } }
  }
}
