import LinuxSystem
import Synchronization

/// Credentials that a registry refused, whatever they were to be used for: they are not tried again before a pause, or
/// until one of their files changes. A host with a wrong password is asked once a pause, not once a tag.
final class Refusals: Sendable {
  private let source: any CredentialSource
  private let timing: AuthenticationTiming
  /// By the credentials' `FoundCredentials.origin`.
  private let failures = Mutex<[String: RememberedFailure]>([:])

  init(_ source: any CredentialSource, _ timing: AuthenticationTiming) {
    self.source = source
    self.timing = timing
  }

  /// Returns where the credentials of `origin` may be tried: of those that come as a pause ends, the first.
  /// - Throws: The error by which they were refused shortly before.
  func check(_ origin: String) async throws(RegistryError) {
    let now = timing.now()
    let (failure, isLookDue) = failures.withLock { failures -> (RememberedFailure?, Bool) in
      guard let failure = failures[origin] else { return (nil, false) }
      guard failure.isOver(at: now) else { return (failure, failures[origin]!.isLookDue(at: now)) }
      failures[origin]!.beginTrial(at: now)
      return (nil, false)
    }
    guard let failure else { return }
    try await source.retry(after: failure, isLookDue: isLookDue)
    forget(origin)
  }

  /// - Parameter fingerprint: Of the credentials' files, as they were before the credentials were read.
  func remember(_ error: RegistryError, of origin: String, _ fingerprint: [FileStamp?]) {
    let now = timing.now()
    failures.withLock { RememberedFailure.record(error, in: &$0[origin], at: now, fingerprint) }
  }

  func forget(_ origin: String) { failures.withLock { $0[origin] = nil } }
}
