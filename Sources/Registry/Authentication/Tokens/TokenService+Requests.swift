import HTTPClient

extension TokenService {
  /// As distribution's token specification has it; for an identity token, as its OAuth2 specification has it.
  func request(_ scope: TokenScope, _ credentials: RegistryCredentials) -> HTTPRequest {
    switch credentials.kind {
    case .identityToken(let token):
      return form(scope, [("grant_type", "refresh_token"), ("refresh_token", token)])
    case .password(let username, let password):
      let header = HTTPRequest.Header("Authorization", basicAuthorization(username, password))
      return query(scope, [("account", username), ("client_id", Self.clientID)], [header])
    case .anonymous, .registryToken: return query(scope, [], [])
    }
  }

  /// For a service that has no GET; nil where there is no password.
  func passwordForm(_ scope: TokenScope, _ credentials: RegistryCredentials) -> HTTPRequest? {
    guard case .password(let username, let password) = credentials.kind else { return nil }
    return form(scope, [("grant_type", "password"), ("username", username), ("password", password)])
  }

  private func query(
    _ scope: TokenScope, _ pairs: [(String, String)], _ headers: [HTTPRequest.Header]
  ) -> HTTPRequest {
    // Each scope is a parameter of its own here, and one text with blanks in a form.
    let scopes = (scope.scope ?? "").split(separator: " ").map { ("scope", String($0)) }
    let query = encoded((scope.service.map { [("service", $0)] } ?? []) + scopes + pairs)
    let url = scope.realm.url
    let separator = url.contains("?") ? "&" : "?"
    return prepared(HTTPRequest(.get, query.isEmpty ? url : url + separator + query, headers: headers), scope)
  }

  private func form(_ scope: TokenScope, _ pairs: [(String, String)]) -> HTTPRequest {
    let fields =
      [("client_id", Self.clientID)] + (scope.service.map { [("service", $0)] } ?? [])
      + (scope.scope.map { [("scope", $0)] } ?? []) + pairs
    return prepared(
      HTTPRequest(
        .post, scope.realm.url,
        headers: [HTTPRequest.Header("Content-Type", "application/x-www-form-urlencoded")],
        body: Array(encoded(fields).utf8)), scope)
  }

  private func prepared(_ request: HTTPRequest, _ scope: TokenScope) -> HTTPRequest {
    var request = request
    request.maximumBodySize = 1 << 20
    request.timeouts = timeouts
    request.followsRedirects = false
    request.tls = tls
    // The registry's authority is trusted for its token service; a client certificate is the registry's alone.
    if !registry.isOrigin(of: scope.realm.url) { request.tls = tls?.withoutClientCertificate }
    return request
  }

  private func encoded(_ pairs: [(String, String)]) -> String {
    pairs.map { "\($0.0)=\(percentEncoded($0.1))" }.joined(separator: "&")
  }
}

/// RFC 3986 section 2.3: all but unreserved characters.
func percentEncoded(_ text: String) -> String {
  let digits = Array("0123456789ABCDEF".utf8)
  var encoded: [UInt8] = []
  for byte in text.utf8 {
    let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    if isLetter || isDigit || "-._~".utf8.contains(byte) {
      encoded.append(byte)
    } else {
      encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }
  return String(decoding: encoded, as: UTF8.self)
}
