import CCrypto
package import Model

/// What a registry, or its token service, knows a client by. Never printed.
package struct RegistryCredentials: Sendable, Hashable, Redacted {
  enum Kind: Hashable, Sendable, Redacted {
    case anonymous
    case password(username: String, password: String)
    /// A refresh token of the token service's (docker's `identitytoken`).
    case identityToken(String)
    /// A bearer token for the registry itself (docker's `registrytoken`).
    case registryToken(String)
  }

  let kind: Kind

  package static let anonymous = RegistryCredentials(kind: .anonymous)

  /// A user's name and password, or a token in a password's place.
  /// - Throws: `InvalidValue` for a name or a password that HTTP Basic can't carry (RFC 7617 section 2).
  package init(username: String, password: String) throws(InvalidValue) {
    let remedy = "check the credentials' format"
    guard !username.contains(":") else {
      throw InvalidValue("the registry's user name has a colon", remedy: remedy)
    }
    guard !(username + password).utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
      throw InvalidValue("the registry's user name or password has a control character", remedy: remedy)
    }
    kind = .password(username: username, password: password)
  }

  /// - Throws: `InvalidValue` for what is no token.
  package init(identityToken: String) throws(InvalidValue) {
    kind = .identityToken(try Self.token(identityToken, "identity token"))
  }

  /// - Throws: `InvalidValue` for what is no token.
  package init(registryToken: String) throws(InvalidValue) {
    kind = .registryToken(try Self.token(registryToken, "registry token"))
  }

  private init(kind: Kind) { self.kind = kind }

  var isAnonymous: Bool { kind == .anonymous }

  /// No secret; nil where there is none.
  var username: String? { if case .password(let username, _) = kind { username } else { nil } }

  /// What of them nobody is to read, in the forms in which it is sent: a service may quote those.
  var secrets: [String] {
    switch kind {
    case .anonymous: []
    case .password(let username, let password):
      [password, percentEncoded(password), base64(Array("\(username):\(password)".utf8))]
    case .identityToken(let token), .registryToken(let token): [token, percentEncoded(token)]
    }
  }

  /// A header can carry what it has (RFC 6750 section 2.1, widened to what is in use).
  static func token(_ text: String, _ what: String) throws(InvalidValue) -> String {
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw InvalidValue(
        "the \(what) is empty, or has blanks or characters that are not ASCII",
        remedy: "check the credentials' format")
    }
    return text
  }
}

/// The value of an `Authorization` field for HTTP Basic (RFC 7617 section 2).
func basicAuthorization(_ username: String, _ password: String) -> String {
  "Basic " + base64(Array("\(username):\(password)".utf8))
}

/// RFC 4648 section 4, by libcrypto (EVP_EncodeBlock(3)).
private func base64(_ bytes: [UInt8]) -> String {
  // Four characters for every three bytes begun, and the zero that libcrypto adds.
  String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4 + 1) { buffer in
    Int(EVP_EncodeBlock(buffer.baseAddress, bytes, Int32(bytes.count)))
  }
}
