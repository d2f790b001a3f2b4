import HTTPClient
import Model

/// Asks the token services that a registry's challenges name. They get the registry's credentials: redirects, which could
/// carry those elsewhere, are not followed.
struct TokenService: Sendable {
  let registry: RegistryURL
  let transport: Transport
  let tls: TLSOptions?
  let timeouts: HTTPTimeouts
  let timing: AuthenticationTiming

  /// Why there is no token.
  struct Failure: Error {
    let error: RegistryError
    let extent: Extent

    /// What has failed, and everything else that depends on it.
    enum Extent {
      case scope
      /// They were refused, whatever the scope.
      case credentials
      /// It answers nobody.
      case service
    }

    init(_ error: RegistryError, _ extent: Extent = .scope) {
      self.error = error
      self.extent = extent
    }
  }

  static let clientID = "tagkeeper"

  /// A new token; its life counts from before it is asked for.
  func authorization(_ scope: TokenScope, _ found: FoundCredentials) async throws(Failure) -> Authorization {
    let obtained = timing.now()
    switch found.credentials.kind {
    case .registryToken(let token):
      return Authorization("Bearer " + token, from: found.credentials, obtained: obtained)
    case .anonymous, .password, .identityToken: break
    }
    let request = request(scope, found.credentials)
    var response = try await send(request)
    if [404, 405].contains(response.status), let form = passwordForm(scope, found.credentials) {
      // distribution's OAuth2 specification: not every service has both.
      response = try await send(form)
    }
    guard response.status == 200 else { throw refusal(response, to: request, scope, found) }
    guard let answer = TokenAnswer(json: response.body),
      let token = try? RegistryCredentials.token(answer.token, "token")
    else {
      throw Failure(
        RegistryError(
          .unexpected, "\(request.operation): the token service's answer has no token that a header can carry"
        ))
    }
    return Authorization("Bearer " + token, from: found.credentials, obtained: obtained, life: answer.life)
  }

  /// Tries again where no answer came, or one that says nothing of the credentials.
  private func send(_ request: HTTPRequest) async throws(Failure) -> HTTPResponse {
    var attempt = 1
    while true {
      let failure: Failure
      do {
        let response = try await transport.send(request)
        guard response.status == 429 || response.status >= 500 else { return response }
        // A gateway says that nobody is there; what the service itself fails at may be one scope.
        failure = Failure(
          RegistryError(
            response.status == 429 ? .throttled : .server,
            "\(request.operation): the token service answered \(response.status)"),
          [429, 502, 503, 504].contains(response.status) ? .service : .scope)
      } catch {
        guard ![.cancelled, .shutDown, .unsent].contains(error.code) else {
          throw Failure(RegistryError(.cancelled, error.description))
        }
        failure = Failure(RegistryError(.transport, error.description), .service)
      }
      guard attempt < 3 else { throw failure }
      do { try await timing.pause(attempt) } catch {
        throw Failure(RegistryError(.cancelled, "cancelled before \(request.operation) was tried again"))
      }
      attempt += 1
    }
  }

  private func refusal(
    _ response: HTTPResponse, to request: HTTPRequest, _ scope: TokenScope, _ found: FoundCredentials
  ) -> Failure {
    var response = response
    response.secrets = HTTPResponse.Secrets(found.credentials.secrets)
    let said = "\(request.operation): the token service answered \(response.summary)"
    if (300..<400).contains(response.status) {
      return Failure(
        RegistryError(
          .unexpected, said + ", a redirect, which is not followed because the request has the credentials"))
    }
    let remedy = found.remedy(for: registry)
    // 403 may be about the scope alone: GHCR says so of a repository that the user can't see.
    guard response.status == 401 || response.status == 400 && !found.credentials.isAnonymous else {
      let wanted = scope.scope.map { " to the request for \($0.quoted)" } ?? ""
      return Failure(RegistryError(response.status == 403 ? .denied : .unexpected, said + wanted + remedy))
    }
    return Failure(
      RegistryError(.unauthorized, said + remedy), response.status == 401 ? .credentials : .scope)
  }
}

extension FoundCredentials {
  /// What to check where these did not do.
  func remedy(for registry: RegistryURL) -> String {
    let name = registry.hostName
    guard !credentials.isAnonymous else {
      return
        "; there are no credentials for \(name): give username and passwordFile in the configuration, for a "
        + "source below hosts, or run docker login \(name)"
    }
    return "; check the credentials for \(name), which are from \(origin)"
  }
}
