import LinuxSystem
import Synchronization

/// Looks at the files which credentials come from.
final class CredentialWatch: Sendable {
  private struct State {
    /// Nil before the first look.
    var fingerprint: [FileStamp?]?
    var nextLook = Duration.zero
  }

  private static let timeBetweenLooks = Duration.seconds(10)

  private let source: any CredentialSource
  private let timing: AuthenticationTiming
  private let looked: @Sendable (_ fingerprint: [FileStamp?], _ isNew: Bool) -> Void
  private let state = Mutex(State())
  private let looks = SingleFlight<[FileStamp?]>("looking at the credentials")

  /// - Parameter looked: Called after each look, with the files' state, and whether it differs from that of the look before.
  init(
    _ source: any CredentialSource, _ timing: AuthenticationTiming,
    looked: @escaping @Sendable (_ fingerprint: [FileStamp?], _ isNew: Bool) -> Void
  ) {
    self.source = source
    self.timing = timing
    self.looked = looked
  }

  /// Takes the first look, before anything is read of the files.
  /// - Throws: `RegistryError` of kind `cancelled` alone.
  func begin() async throws(RegistryError) {
    if state.withLock({ $0.fingerprint == nil }) { _ = try await look() }
  }

  /// Looks where nobody did for ten seconds; whoever comes meanwhile goes on.
  func lookNowAndThen() async {
    let now = timing.now()
    let isDue = state.withLock { state in
      guard now >= state.nextLook else { return false }
      state.nextLook = now + Self.timeBetweenLooks
      return true
    }
    if isDue { _ = try? await look() }
  }

  /// Returns where a file has changed since `failure`: every request looks, so that none reports what a file had before it
  /// was mended.
  /// - Throws: `RegistryError`: the failure's where none has.
  func requireChange(since failure: RememberedFailure) async throws(RegistryError) {
    guard try await look() != failure.fingerprint else { throw failure.error }
  }

  /// The files as they are now. Those who look at once share one look.
  private func look() async throws(RegistryError) -> [FileStamp?] {
    try await looks.result { [self] in
      let fingerprint = await source.fingerprint()
      let nextLook = timing.now() + Self.timeBetweenLooks
      let known = state.withLock { state in
        defer { state = State(fingerprint: fingerprint, nextLook: nextLook) }
        return state.fingerprint
      }
      looked(fingerprint, known.map { $0 != fingerprint } ?? false)
      return .success(fingerprint)
    }.get()
  }
}
