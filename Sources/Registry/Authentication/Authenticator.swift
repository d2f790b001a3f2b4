import HTTPClient
import LinuxSystem
import Model
import Synchronization

/// Knows what each access to one registry was asked for, and meets it: with a token or a password.
///
/// Nothing is guessed: the first request of an access goes out without a token, and the challenge in its answer names the
/// scope. Only HTTP Basic, which has no scopes, is used for every access once the host asked for it.
final class Authenticator: Sendable {
  private struct State {
    var grants: [Access: Grant] = [:]
    var byKey: [Grant.Key: Grant] = [:]
    var wantsBasic = false
    /// By origin: credentials that were refused, for whatever scope.
    var refusals: [String: RememberedFailure] = [:]
    /// The credentials' files before anything was obtained, and when they are looked at again.
    var fingerprint: [FileStamp?]?
    var nextLook = Duration.zero
  }

  private static let maximumGrants = 50_000
  private static let timeBetweenLooks = Duration.seconds(10)

  let registry: RegistryURL
  private let source: any CredentialSource
  private let service: TokenService
  private let timing: AuthenticationTiming
  private let state = Mutex(State())
  /// False as long as nothing was ever asked for: an anonymous registry's requests take no lock.
  private let hasLearned = Atomic(false)

  init(_ registry: RegistryURL, _ source: any CredentialSource, _ service: TokenService) {
    self.registry = registry
    self.source = source
    self.service = service
    timing = service.timing
  }

  var now: Duration { timing.now() }

  /// What a request of `access` is to be sent with; nil for nothing.
  /// - Throws: `RegistryError`: the remembered one, at once, where authentication failed shortly before.
  func authorization(for access: Access) async throws(RegistryError) -> Authorization? {
    guard hasLearned.load(ordering: .acquiring) else { return nil }
    await forgetWhatIsReplaced()
    let (known, wantsBasic) = state.withLock { ($0.grants[access], $0.wantsBasic) }
    if let known { return try await authorization(by: known) }
    guard wantsBasic else { return nil }
    return try await authorization(by: learn(.basic, access))
  }

  /// What requests of `access` were last asked for.
  func demand(of access: Access) -> Demand? { state.withLock { $0.grants[access]?.key.demand } }

  /// What meets `demand`, which the registry made to a request of `access` that was sent with `refused`.
  /// - Throws: `RegistryError`.
  func authorization(
    for access: Access, meeting demand: Demand, insteadOf refused: Authorization?
  ) async throws(RegistryError) -> Authorization {
    try await authorization(by: learn(demand, access), insteadOf: refused)
  }

  /// What is to be sent instead of `expired`, of which the answer says, or may mean, that it has expired; nil where there
  /// is nothing else.
  /// - Parameter isCertain: The answer says so.
  /// - Throws: `RegistryError`.
  func authorization(
    for access: Access, afterExpiryOf expired: Authorization, isCertain: Bool
  ) async throws(RegistryError) -> Authorization? {
    guard let grant = state.withLock({ $0.grants[access] }) else { return nil }
    let renewed = try await authorization(by: grant, insteadOf: expired, isCertain: isCertain)
    return renewed.hasSameValue(as: expired) ? nil : renewed
  }

  /// The error for an answer that refuses what was obtained for this very request; remembered.
  func refusal(_ said: String, of access: Access, sentWith authorization: Authorization) async
    -> RegistryError
  {
    guard let grant = state.withLock({ $0.grants[access] }) else { return RegistryError(.unauthorized, said) }
    _ = grant.step(at: now, without: authorization)
    let fingerprint = await source.fingerprint()
    let found: FoundCredentials
    do { found = try await source.credentials(for: grant.repository, isFresh: false) } catch { return error }
    let remedy = found.remedy(for: registry)
    guard case .bearer(let scope) = grant.key.demand else {
      let error = RegistryError(.unauthorized, said + remedy)
      grant.remember(error, at: now, fingerprint)
      remember(error, of: found.origin, fingerprint)
      return error
    }
    let token = scope.scope.map { ", with a token for \($0.quoted)" } ?? ", with a token"
    let error = RegistryError(.unauthorized, said + token + remedy)
    grant.remember(error, at: now, fingerprint)
    return error
  }

  /// Where the credentials for the registry as a whole are from; nil where there are none.
  /// - Throws: `RegistryError` where they are there and can't be used.
  func originOfCredentials() async throws(RegistryError) -> String? {
    let found = try await source.credentials(for: nil, isFresh: false)
    return found.credentials.isAnonymous ? nil : found.origin
  }

  // MARK: Grants

  /// The grant that meets `demand`, from now on for every request of `access`.
  private func learn(_ demand: Demand, _ access: Access) async throws(RegistryError) -> Grant {
    if let known = state.withLock({ $0.grants[access] }), known.key.demand == demand { return known }
    if state.withLock({ $0.fingerprint == nil }) { await look() }
    let origin: String
    do { origin = try await source.credentials(for: access.repository, isFresh: false).origin } catch {
      guard error.kind != .cancelled else { throw error }
      // Its credentials are there and can't be used: obtaining them says so, once a pause.
      origin = "unknown"
    }
    let key = Grant.Key(demand: demand, origin: origin)
    return state.withLock { state in
      // A registry that names another scope with each answer must not fill the memory.
      if state.byKey.count >= Self.maximumGrants { (state.byKey, state.grants) = ([:], [:]) }
      let grant = state.byKey[key] ?? Grant(key, access.repository)
      state.byKey[key] = grant
      state.grants[access] = grant
      if demand == .basic { state.wantsBasic = true }
      hasLearned.store(true, ordering: .releasing)
      return grant
    }
  }

  /// Forgets what was obtained with credentials whose files have changed since: they may be somebody else's now, or be
  /// for other repositories.
  private func forgetWhatIsReplaced() async {
    let now = now
    let isDue = state.withLock { state in
      guard now >= state.nextLook else { return false }
      state.nextLook = now + Self.timeBetweenLooks
      return true
    }
    if isDue { await look() }
  }

  private func look() async {
    let fingerprint = await source.fingerprint()
    let now = now
    state.withLock { state in
      if let known = state.fingerprint, known != fingerprint { (state.grants, state.byKey) = ([:], [:]) }
      state.fingerprint = fingerprint
      state.nextLook = now + Self.timeBetweenLooks
    }
  }

  private func authorization(
    by grant: Grant, insteadOf refused: Authorization? = nil, isCertain: Bool = true
  ) async throws(RegistryError) -> Authorization {
    switch grant.step(at: now, without: refused) {
    case .use(let authorization): return authorization
    case .renew(let authorization):
      grant.flight.start { [self] in await obtain(grant, insteadOf: nil, isCertain: true) }
      return authorization
    case .fail(let failure, let isLookDue):
      if isLookDue { try await lookAgain(failure) } else { throw failure.error }
      grant.forgetFailure()
    case .obtain: break
    }
    try await checkRefusal(of: grant.key.origin)
    return try await grant.flight.result { [self] in
      await obtain(grant, insteadOf: refused, isCertain: isCertain)
    }.get()
  }

  // MARK: Obtaining

  /// Runs once at a time for each grant.
  private func obtain(
    _ grant: Grant, insteadOf refused: Authorization?, isCertain: Bool
  ) async -> Result<Authorization, RegistryError> {
    // Another one may have ended as this caller came.
    if let current = grant.current(at: now), current !== refused { return .success(current) }
    let fingerprint = await source.fingerprint()
    var origin = grant.key.origin
    do throws(TokenService.Failure) {
      let found: FoundCredentials
      do throws(RegistryError) {
        found = try await source.credentials(for: grant.repository, isFresh: true)
      } catch {
        throw TokenService.Failure(error)
      }
      origin = found.origin
      let authorization = try await authorization(grant.key.demand, found)
      if isCertain, let refused, authorization.hasSameValue(as: refused) {
        throw TokenService.Failure(refusal(of: found), isRefusal: true)
      }
      grant.use(authorization)
      if grant.key.demand != .basic { state.withLock { $0.refusals[origin] = nil } }
      return .success(authorization)
    } catch {
      if error.error.kind != .cancelled {
        grant.remember(error.error, at: now, fingerprint)
        if error.isRefusal { remember(error.error, of: origin, fingerprint) }
      }
      return .failure(error.error)
    }
  }

  private func authorization(
    _ demand: Demand, _ found: FoundCredentials
  ) async throws(TokenService.Failure) -> Authorization {
    switch demand {
    case .bearer(let scope): return try await service.authorization(scope, found)
    case .refused(let realm):
      throw TokenService.Failure(RegistryError(.unauthorized, "\(registry.authority): \(realm)"))
    case .basic:
      if case .password(let username, let password) = found.credentials.kind {
        return Authorization(
          basicAuthorization(username, password), from: found.credentials, obtained: now)
      }
      let wanted = "\(registry.authority) asks for a user name and a password"
      let given = found.credentials.isAnonymous ? "" : ", and what there is is a token"
      throw TokenService.Failure(
        RegistryError(.unauthorized, wanted + given + found.remedy(for: registry)), isRefusal: true)
    }
  }

  private func refusal(of found: FoundCredentials) -> RegistryError {
    RegistryError(
      .unauthorized,
      "\(registry.authority) refuses the credentials" + found.remedy(for: registry))
  }

  // MARK: Failures

  private func remember(_ error: RegistryError, of origin: String, _ fingerprint: [FileStamp?]) {
    let now = now
    state.withLock { RememberedFailure.record(error, in: &$0.refusals[origin], at: now, fingerprint) }
  }

  /// Returns where the credentials of `origin` may be tried: of those that come as a pause ends, the first.
  /// - Throws: The error by which they were refused shortly before.
  private func checkRefusal(of origin: String) async throws(RegistryError) {
    let now = now
    let (failure, isLookDue) = state.withLock { state -> (RememberedFailure?, Bool) in
      guard let failure = state.refusals[origin] else { return (nil, false) }
      if failure.isOver(at: now) {
        state.refusals[origin]!.beginTrial(at: now)
        return (nil, false)
      }
      return (failure, state.refusals[origin]!.isLookDue(at: now))
    }
    guard let failure else { return }
    guard isLookDue else { throw failure.error }
    try await lookAgain(failure)
    state.withLock { $0.refusals[origin] = nil }
  }

  /// Returns where a credential's file has changed since `failure`.
  /// - Throws: The failure's error where none has.
  private func lookAgain(_ failure: RememberedFailure) async throws(RegistryError) {
    guard await source.fingerprint() != failure.fingerprint else { throw failure.error }
  }
}
