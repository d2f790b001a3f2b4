import HTTPClient
import Model
import TestSupport
import Testing

@testable import Registry

@Suite struct RedactionTests {
  @Test func nothingThatHasASecretShowsIt() throws {
    let secret = "hunter2"
    let values: [Any] = [
      try RegistryCredentials(username: secret, password: secret),
      try RegistryCredentials(identityToken: secret), try RegistryCredentials(registryToken: secret),
      FoundCredentials(try RegistryCredentials(registryToken: secret), origin: "a file"),
      ConfiguredCredentials.fixed(try RegistryCredentials(registryToken: secret)),
      Authorization("Bearer " + secret, obtained: .zero),
      try #require(AuthFile(json: Array(#"{"auths":{"a":{"auth":"hunter2"}}}"#.utf8))),
      try RegistryCredentials(identityToken: secret).kind,
      HTTPRequest.Header("Authorization", "Bearer " + secret),
      HTTPRequest(
        .get, "https://me:hunter2@r.example/?token=hunter2", headers: [.init("Authorization", secret)]),
      try #require(TokenAnswer(json: Array(#"{"token":"hunter2"}"#.utf8))),
    ]
    for value in values {
      var dumped = ""
      dump(value, to: &dumped)
      let shown = "\(value)" + String(reflecting: value) + dumped
      #expect(!shown.contains(secret), "\(type(of: value))")
    }
  }

  @Test func whatIsNoCredentialIsRefused() {
    #expect(throws: InvalidValue.self) { try RegistryCredentials(username: "a:b", password: "") }
    #expect(throws: InvalidValue.self) { try RegistryCredentials(username: "a", password: "b\nc") }
    for token in ["", "a b", "a\r\n", "ä"] {
      #expect(throws: InvalidValue.self) { try RegistryCredentials(registryToken: token) }
      #expect(throws: InvalidValue.self) { try RegistryCredentials(identityToken: token) }
    }
  }
}
