import HTTPClient
import Model

/// What came of a request, with the answer whose challenges count.
protocol ChallengingAnswer {
  var response: HTTPResponse { get set }
}

extension HTTPResponse: ChallengingAnswer {
  var response: HTTPResponse {
    get { self }
    set { self = newValue }
  }
}

extension RegistryClient {
  /// Sends `request` by `send` with what the registry is to know it by, and again where the answer asks for something
  /// else: a token, another one, or a password.
  /// - Parameter send: Called three times at most, with the same request but for its `Authorization` field.
  /// - Throws: What `send` throws, or `RegistryError` where authentication failed.
  func authenticated<Answer: ChallengingAnswer>(
    _ request: RegistryRequest, _ send: (RegistryRequest) async throws(RegistryError) -> Answer
  ) async throws(RegistryError) -> Answer {
    let start = authenticator.now
    var authorization = try await authenticator.authorization(for: request.access)
    var sent = 0
    while true {
      let trial = try await trial(of: &authorization, by: request)
      var verdict: PasswordTrial.Verdict?
      // Last, so that a refusal is remembered by then.
      defer { trial?.end(verdict) }
      var answer = try await send(request.adding(authorization))
      answer.response.secrets = authorization?.secrets
      let response = answer.response
      verdict = response.verdictOnPassword
      sent += 1
      // What another host said after a redirect is not the registry's word.
      guard response.status >= 400, !response.isRedirected, sent < 3 || response.status == 401 else {
        return answer
      }
      let isNew = authorization.map { $0.obtained >= start && !$0.isExpired(at: authenticator.now) } ?? false
      guard
        let next = try await self.authorization(
          after: response, to: request, sentWith: authorization, isNew: isNew, isLast: sent == 3)
      else { return answer }
      authorization = next
    }
  }

  /// Waits while another request tries the password that `authorization` is, and takes what is to be sent by then.
  /// - Returns: The trial that this request is to make and to end.
  /// - Throws: `RegistryError` where the password was refused.
  private func trial(
    of authorization: inout Authorization?, by request: RegistryRequest
  ) async throws(RegistryError) -> PasswordTrial? {
    while let trial = authorization?.trial {
      switch await trial.turn(mayTry: !request.mayTakeLong) {
      case .first: return trial
      case .over(.taken), .untried: return nil
      case .waited: authorization = try await authenticator.authorization(for: request.access)
      case .over(.refused):
        let current = try await authenticator.authorization(for: request.access)
        // It was refused for another access, which asks for something else by now.
        guard current !== authorization else { return nil }
        authorization = current
      }
    }
    return nil
  }

  /// What `request` is to be sent with after `response`; nil where the answer stands.
  /// - Parameters:
  ///   - isNew: What it was sent with was obtained for it, and has not expired while it waited.
  ///   - isLast: It is not sent again.
  /// - Throws: `RegistryError` where there is nothing better.
  private func authorization(
    after response: HTTPResponse, to request: RegistryRequest, sentWith used: Authorization?, isNew: Bool,
    isLast: Bool
  ) async throws(RegistryError) -> Authorization? {
    if response.status == 401 {
      // That a registry asks for something is all that has to be known there.
      if request.access.kind == .identify, used == nil, Self.isRegistry(response) { return nil }
      guard let demand = Demand(Challenge.all(in: response.headers), from: address) else { return nil }
      let isRepeated = isNew && authenticator.demand(of: request.access) == demand
      if let used, isRepeated || isLast {
        let said = "\(request.operation): the registry answered \(response.summary)"
        throw await authenticator.refusal(said, of: request.access, sentWith: used)
      }
      return try await authenticator.authorization(
        for: request.access, meeting: demand, insteadOf: used)
    }
    guard let used, !isNew, let isCertain = response.meansExpiry(request.method) else { return nil }
    guard isCertain || authenticator.now - used.obtained > .seconds(60) else { return nil }
    return try await authenticator.authorization(
      for: request.access, afterExpiryOf: used, isCertain: isCertain)
  }
}

extension RegistryRequest {
  fileprivate func adding(_ authorization: Authorization?) -> RegistryRequest {
    guard let authorization else { return self }
    var request = self
    request.http.headers = authorization.adding(to: http.headers)
    return request
  }
}

extension HTTPResponse {
  /// Nil where the registry may not have looked at the password: it throttles before, and who knows in a fault.
  fileprivate var verdictOnPassword: PasswordTrial.Verdict? {
    if status == 401, !isRedirected { return .refused }
    return status < 500 && ![408, 429].contains(status) ? .taken : nil
  }

  /// ECR answers 403, and ECR Public 400, for an authorization that has expired. True where the answer says so, false
  /// where it can't say anything, because it is a HEAD's; nil where it is about something else.
  fileprivate func meansExpiry(_ method: HTTPRequest.Method) -> Bool? {
    guard status == 400 || status == 403 else { return nil }
    if method == .head { return false }
    let words = RegistryErrorBody(self)?.errors.compactMap(\.message) ?? []
    let isSaid = words.contains { $0.lowercased().contains("authorization token has expired") }
    return isSaid ? true : nil
  }
}
