import LinuxSystem
import Model
import Synchronization

/// What one demand of the registry is met with, shared by all requests of the accesses that it was made to.
final class Grant: Sendable {
  /// Those of one demand and one place of credentials share one.
  struct Key: Hashable {
    let demand: Demand
    let origin: String
  }

  enum Step {
    case use(Authorization)
    /// Still good, but due to be renewed beside.
    case renew(Authorization)
    /// There is none.
    case obtain
    case fail(RememberedFailure)
  }

  private struct State {
    var current: Authorization?
    /// The credentials' files as they were before `current` was obtained.
    var fingerprint: [FileStamp?]?
    var failure: RememberedFailure?
  }

  let key: Key
  /// The repository of the request that was challenged: the credentials may depend on it.
  let repository: RepositoryName?
  let flight = SingleFlight<Authorization>("waiting for an authorization")
  private let state = Mutex(State())

  init(_ key: Key, _ repository: RepositoryName?) {
    self.key = key
    self.repository = repository
  }

  /// What a request that is ready `now` is to do.
  /// - Parameter doubted: What may have expired: not for this caller, and for others as long as there is nothing else.
  func step(at now: Duration, doubting doubted: Authorization? = nil) -> Step {
    state.withLock { state in
      if let current = state.current, current !== doubted, !current.isExpired(at: now) {
        let mayRenew = state.failure.map { now >= $0.until } ?? true
        return mayRenew && current.renewal.map({ now >= $0 }) ?? false ? .renew(current) : .use(current)
      }
      guard let failure = state.failure, now < failure.until else { return .obtain }
      return .fail(failure)
    }
  }

  /// What is in use, if it needs no renewal.
  func current(at now: Duration) -> Authorization? {
    if case .use(let authorization) = step(at: now) { authorization } else { nil }
  }

  /// - Parameter fingerprint: Of the credentials' files, as they were before the credentials were read.
  func use(_ authorization: Authorization, _ fingerprint: [FileStamp?]) {
    state.withLock { ($0.current, $0.fingerprint) = (authorization, fingerprint) }
  }

  /// The credentials' files as they were before what is, or was last, in use was obtained; nil before that.
  var fingerprint: [FileStamp?]? { state.withLock(\.fingerprint) }

  /// The registry did not take `refused`; what came in its place meanwhile stays.
  func drop(_ refused: Authorization) {
    state.withLock { state in if state.current === refused { state.current = nil } }
  }

  /// No request is sent until the failure's pause is over, but with what is still good.
  func remember(_ error: RegistryError, at now: Duration, _ fingerprint: [FileStamp?]) {
    state.withLock { RememberedFailure.record(error, in: &$0.failure, at: now, fingerprint) }
  }

  func forgetFailure() { state.withLock { $0.failure = nil } }
}
