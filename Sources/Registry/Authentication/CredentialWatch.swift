import LinuxSystem
import Synchronization

/// Notices that the files have changed which credentials come from.
final class CredentialWatch: Sendable {
  private struct State {
    /// Nil before the first look.
    var fingerprint: [FileStamp?]?
    var nextLook = Duration.zero
  }

  private static let timeBetweenLooks = Duration.seconds(10)

  private let source: any CredentialSource
  private let timing: AuthenticationTiming
  private let state = Mutex(State())

  init(_ source: any CredentialSource, _ timing: AuthenticationTiming) {
    self.source = source
    self.timing = timing
  }

  /// Takes the first look, before anything is read of the files.
  func begin() async {
    guard state.withLock({ $0.fingerprint == nil }) else { return }
    let fingerprint = await source.fingerprint()
    let nextLook = timing.now() + Self.timeBetweenLooks
    state.withLock { state in
      // What another saw before is what later looks are compared with.
      if state.fingerprint == nil { state = State(fingerprint: fingerprint, nextLook: nextLook) }
    }
  }

  /// True once after each change. Looks every ten seconds; whoever comes meanwhile hears of none.
  func noticesChange() async -> Bool {
    let now = timing.now()
    let isDue = state.withLock { state in
      guard now >= state.nextLook else { return false }
      state.nextLook = now + Self.timeBetweenLooks
      return true
    }
    guard isDue else { return false }
    let fingerprint = await source.fingerprint()
    return state.withLock { state in
      defer { state.fingerprint = fingerprint }
      return state.fingerprint.map { $0 != fingerprint } ?? false
    }
  }
}
