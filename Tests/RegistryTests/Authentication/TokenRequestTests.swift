import HTTPClient
import Model
import TestSupport
import Testing

@testable import Registry

/// What a token service is sent, and the fields that a token is sent in.
@Suite struct TokenRequestTests {
  private func request(_ realm: String, _ credentials: RegistryCredentials, tls: TLSOptions?) throws
    -> HTTPRequest
  {
    let registry = try RegistryURL("https://r.example")
    let service = TokenService(
      registry: registry, transport: try Transport(userAgent: "tagkeeper/test"), tls: tls,
      timeouts: HTTPTimeouts(), timing: AuthenticationTiming())
    return service.request(
      TokenScope(realm: try TokenRealm(realm, for: registry), service: nil, scope: "a b"), credentials)
  }

  /// Its authority is trusted everywhere; the certificate is shown to the registry alone.
  @Test(arguments: [
    ("https://r.example/token", true), ("https://r.example:443/token", true),
    ("https://auth.example/t", false),
    ("https://r.example:8443/token", false),
  ])
  func aClientCertificateIsShownAtHome(realm: String, isShown: Bool) throws {
    let tls = TLSOptions(caFile: "/ca", clientCertificate: "/c", clientKey: "/k")
    for credentials in [
      RegistryCredentials.anonymous, try RegistryCredentials(identityToken: testSecret("x")),
    ] {
      let sent = try request(realm, credentials, tls: tls)
      #expect(sent.tls == (isShown ? tls : TLSOptions(caFile: "/ca")))
      #expect(!sent.followsRedirects)
    }
  }

  @Test func aRealmMayHaveAQuery() throws {
    let none = RegistryCredentials.anonymous
    #expect(
      try request("https://a.example/t?x=1", none, tls: nil).url == "https://a.example/t?x=1&scope=a&scope=b")
    #expect(try request("https://a.example/t", none, tls: nil).url == "https://a.example/t?scope=a&scope=b")
  }

  @Test func requestsOfOneKindShareTheirFields() {
    let authorization = Authorization("Bearer " + testSecret("x"), obtained: .zero)
    let base = [HTTPRequest.Header("Accept", "a")]
    func address(_ headers: [HTTPRequest.Header]) -> UnsafePointer<HTTPRequest.Header>? {
      headers.withUnsafeBufferPointer(\.baseAddress)
    }
    let first = authorization.adding(to: base)
    #expect(first == [HTTPRequest.Header("Authorization", "Bearer " + testSecret("x"))] + base)
    #expect(address(first) == address(authorization.adding(to: base)))
    for index in 0..<100 {
      let other = [HTTPRequest.Header("Accept", "\(index)")]
      #expect(authorization.adding(to: other).last == other.last)
    }
    #expect(address(first) == address(authorization.adding(to: base)))
  }
}
