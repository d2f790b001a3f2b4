import HTTPClient
import LinuxSystem
import Model

/// Knows what each access to one registry was asked for, and meets it: with a token or a password.
///
/// Nothing is guessed: the first request of an access goes out without a token, and the challenge in its answer names the
/// scope. Only HTTP Basic, which has no scopes, is used for every access once the host asked for it.
///
/// A demand that can't be met does not stand for ever: where one could not be, the registry is asked what it wants.
///
/// It has no state of its own: its parts each guard theirs, and no lock is held while anything is awaited.
final class Authenticator: Sendable {
  let registry: RegistryURL
  let source: any CredentialSource
  let service: TokenService
  /// Of credentials, by `FoundCredentials.origin`.
  let refusals: RememberedFailures
  /// Of token services, by their origin.
  let faults: RememberedFailures
  let proofs: CredentialProofs
  let grants: Grants
  private let watch: CredentialWatch

  init(_ registry: RegistryURL, _ source: any CredentialSource, _ service: TokenService) {
    self.registry = registry
    self.source = source
    self.service = service
    faults = RememberedFailures(service.timing)
    let (grants, refusals, proofs) = (Grants(), RememberedFailures(service.timing), CredentialProofs())
    (self.grants, self.refusals, self.proofs) = (grants, refusals, proofs)
    watch = CredentialWatch(source, service.timing) { fingerprint, isNew in
      // What was obtained may be somebody else's now, or be for other repositories.
      if isNew {
        grants.forget()
        proofs.forget()
      }
      refusals.keep(fingerprint)
    }
  }

  var now: Duration { service.timing.now() }

  /// What a request of `access` is to be sent with; nil for nothing.
  /// - Throws: `RegistryError`: the remembered one, at once, where authentication failed shortly before.
  func authorization(for access: Access) async throws(RegistryError) -> Authorization? {
    guard grants.hasAny else { return nil }
    await watch.lookNowAndThen()
    if let known = grants[access] { return try await authorization(by: known, for: access) }
    guard grants.wantsPassword else { return nil }
    return try await authorization(by: learn(.basic, access), for: access)
  }

  /// What requests of `access` were last asked for.
  func demand(of access: Access) -> Demand? { grants[access]?.key.demand }

  /// What meets `demand`, which the registry made to a request of `access` that was sent with `refused`.
  /// - Throws: `RegistryError`.
  func authorization(
    for access: Access, meeting demand: Demand, insteadOf refused: Authorization?
  ) async throws(RegistryError) -> Authorization {
    try await authorization(by: learn(demand, access), for: access, insteadOf: refused)
  }

  /// What is to be sent instead of `expired`, of which the answer says, or may mean, that it has expired; nil where there
  /// is nothing else.
  /// - Parameter isCertain: The answer says so.
  /// - Throws: `RegistryError`.
  func authorization(
    for access: Access, afterExpiryOf expired: Authorization, isCertain: Bool
  ) async throws(RegistryError) -> Authorization? {
    guard let grant = grants[access] else { return nil }
    let renewed = try await authorization(
      by: grant, for: access, insteadOf: expired, isCertain: isCertain)
    return renewed.hasSameValue(as: expired) ? nil : renewed
  }

  /// The error for an answer that refuses what was obtained for this very request; remembered.
  func refusal(
    _ said: String, of access: Access, sentWith authorization: Authorization
  ) async -> RegistryError {
    let grant = grants[access]
    grant?.drop(authorization)
    let found: FoundCredentials
    do {
      found = try await source.credentials(for: grant?.repository ?? access.repository, isFresh: false)
    } catch {
      return error
    }
    let demand = grant?.key.demand
    let token =
      if case .bearer(let scope) = demand {
        ", with a token" + (scope.scope.map { " for \($0.quoted)" } ?? "")
      } else {
        ""
      }
    let error = RegistryError(.unauthorized, said + token + found.remedy(for: registry))
    // The files have changed meanwhile: nobody has refused what is in them now.
    guard let grant, let fingerprint = grant.fingerprint else { return error }
    grant.remember(error, at: now, fingerprint)
    if demand == .basic { refusals.remember(error, of: found.origin, fingerprint) }
    return error
  }

  /// The credentials for the registry as a whole, and where they are from; nil where there are none.
  /// - Throws: `RegistryError` where they are there and can't be used.
  func credentials() async throws(RegistryError) -> FoundCredentials? {
    let found = try await source.credentials(for: nil, isFresh: false)
    return found.credentials.isAnonymous ? nil : found
  }

  /// The grant that meets `demand`, from now on for every request of `access`.
  private func learn(_ demand: Demand, _ access: Access) async throws(RegistryError) -> Grant {
    if let known = grants[access], known.key.demand == demand { return known }
    try await watch.begin()
    let origin: String
    do { origin = try await source.credentials(for: access.repository, isFresh: false).origin } catch {
      guard error.kind != .cancelled else { throw error }
      // Its credentials are there and can't be used: obtaining them says so, once a pause.
      origin = "unknown"
    }
    return grants.add(Grant.Key(demand: demand, origin: origin), for: access)
  }

  /// What `grant` has, renewed beside where that is due; obtained where it has nothing.
  private func authorization(
    by grant: Grant, for access: Access, insteadOf refused: Authorization? = nil, isCertain: Bool = true
  ) async throws(RegistryError) -> Authorization {
    if isCertain, let refused { grant.drop(refused) }
    switch grant.step(at: now, doubting: refused) {
    case .use(let authorization): return authorization
    case .renew(let authorization):
      // What was refused is shown once a pause, whoever asks.
      if refusals.current(grant.key.origin) == nil {
        grant.flight.start { [self] in await obtain(grant, insteadOf: nil, isCertain: true) }
      }
      return authorization
    case .fail(let failure):
      try await watch.requireChange(since: failure)
      grant.forgetFailure()
      // The files may name others for this access by now: all who come meanwhile share what is learned of those.
      return try await authorization(
        by: learn(grant.key.demand, access), for: access, insteadOf: refused, isCertain: isCertain)
    case .obtain: break
    }
    if let refusal = refusals.current(grant.key.origin) { try await watch.requireChange(since: refusal) }
    return try await grant.flight.result { [self] in
      await obtain(grant, insteadOf: refused, isCertain: isCertain)
    }.get()
  }
}
