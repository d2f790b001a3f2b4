import Model

extension Authenticator {
  /// Obtains what `grant` lacks, or is to have anew. Runs once at a time for each grant.
  /// - Parameters:
  ///   - refused: What the registry did not take.
  ///   - isCertain: It said so: the same once more would be refused, too.
  func obtain(
    _ grant: Grant, insteadOf refused: Authorization?, isCertain: Bool
  ) async -> Result<Authorization, RegistryError> {
    var useless: RegistryCredentials?
    let result = await obtain(grant, insteadOf: refused, isCertain: isCertain, &useless)
    if let useless { await inquire(about: grant.key.demand, useless) }
    return result
  }

  /// - Parameter useless: Credentials that could not meet the demand, whatever the reason.
  private func obtain(
    _ grant: Grant, insteadOf refused: Authorization?, isCertain: Bool, _ useless: inout RegistryCredentials?
  ) async -> Result<Authorization, RegistryError> {
    // Another one may have ended as this caller came.
    if let current = grant.current(at: now), current !== refused { return .success(current) }
    let service = grant.key.demand.tokenService
    if let fault = service.flatMap({ faults.current($0) }) { return .failure(fault.error) }
    // Before the files are read: what changes from here on is news.
    let fingerprint = await source.fingerprint()
    let found: FoundCredentials
    do { found = try await source.credentials(for: grant.repository, isFresh: true) } catch {
      if error.kind != .cancelled { grant.remember(error, at: now, fingerprint) }
      return .failure(error)
    }
    let proof = service != nil && found.credentials.isSecret ? proofs.trial(of: found.origin, at: now) : nil
    let isFirst = await proof?.begin() ?? false
    var verdict: PasswordTrial.Verdict?
    // Last, so that a failure is remembered by then.
    defer { if isFirst, let proof { proofs.end(proof, of: found.origin, verdict, at: now) } }
    // Of those who waited nobody tries what the first one failed with.
    if proof != nil, let failure = refusals.paused(found.origin) ?? service.flatMap({ faults.paused($0) }) {
      return .failure(failure.error)
    }
    do throws(TokenService.Failure) {
      let authorization = try await authorization(meeting: grant.key.demand, with: found)
      if isCertain, let refused, authorization.hasSameValue(as: refused) {
        throw TokenService.Failure(
          RegistryError(
            .unauthorized, "\(registry.authority) refuses the credentials" + found.remedy(for: registry)),
          .credentials)
      }
      grant.use(authorization, fingerprint)
      verdict = .taken
      // A password was shown to nobody yet.
      if let service {
        refusals.forget(found.origin)
        faults.forget(service)
      }
      return .success(authorization)
    } catch {
      guard error.error.kind != .cancelled else { return .failure(error.error) }
      switch error.extent {
      // Every scope ends its pause with it.
      case .service: if let service { faults.remember(error.error, of: service, []) }
      case .credentials:
        verdict = .refused
        refusals.remember(error.error, of: found.origin, fingerprint)
        grant.remember(error.error, at: now, fingerprint)
      case .scope:
        verdict = .taken
        grant.remember(error.error, at: now, fingerprint)
      }
      useless = found.credentials
      return .failure(error.error)
    }
  }

  private func authorization(
    meeting demand: Demand, with found: FoundCredentials
  ) async throws(TokenService.Failure) -> Authorization {
    switch demand {
    case .bearer(let scope): return try await service.authorization(scope, found)
    case .refused(let realm):
      throw TokenService.Failure(RegistryError(.unauthorized, "\(registry.authority): \(realm)"))
    case .basic:
      if case .password(let username, let password) = found.credentials.kind {
        grants.hasHadPassword = true
        return Authorization(
          basicAuthorization(username, password), from: found.credentials, obtained: now,
          trial: PasswordTrial())
      }
      let wanted = "\(registry.authority) asks for a user name and a password"
      let given = found.credentials.isAnonymous ? "" : ", and what there is is a token"
      throw TokenService.Failure(
        RegistryError(.unauthorized, wanted + given + found.remedy(for: registry)), .credentials)
    }
  }
}

extension RegistryCredentials {
  /// A token service gets to see something that can be wrong.
  fileprivate var isSecret: Bool {
    switch kind {
    case .password, .identityToken: true
    case .anonymous, .registryToken: false
    }
  }
}
