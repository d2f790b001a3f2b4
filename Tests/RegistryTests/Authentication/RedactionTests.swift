import Model
import TestSupport
import Testing

@testable import HTTPClient
@testable import Registry

@Suite(.timeLimit(.minutes(10))) struct RedactionTests {
  @Test func nothingThatHasASecretShowsIt() throws {
    let secret = testSecret()
    let values: [Any] = [
      try RegistryCredentials(username: secret, password: secret),
      try RegistryCredentials(identityToken: secret), try RegistryCredentials(registryToken: secret),
      FoundCredentials(try RegistryCredentials(registryToken: secret), origin: "a file"),
      ConfiguredCredentials.fixed(try RegistryCredentials(registryToken: secret)),
      Authorization("Bearer " + secret, obtained: .zero),
      try #require(AuthFile(json: Array(#"{"auths":{"a":{"auth":"\#(secret)"}}}"#.utf8))),
      try RegistryCredentials(identityToken: secret).kind,
      HTTPRequest.Header("Authorization", "Bearer " + secret),
      HTTPRequest(
        .get, "https://me:\(secret)@r.example/?token=\(secret)", headers: [.init("Authorization", secret)]),
      CredentialProgram(
        name: "a", server: "b", environment: ["PASSWORD": secret], timeout: .zero, namedBy: "a file"),
      try #require(TokenAnswer(json: Array(#"{"token":"\#(secret)"}"#.utf8))),
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
    #expect(throws: InvalidValue.self) {
      try RegistryCredentials(username: "a", password: testSecret("b\nc"))
    }
    for token in ["", "a b", "a\r\n", "ä"] {
      #expect(throws: InvalidValue.self) { try RegistryCredentials(registryToken: token) }
      #expect(throws: InvalidValue.self) { try RegistryCredentials(identityToken: token) }
    }
  }

  /// Registries quote what they were sent: in one piece, escaped, or cut off.
  @Test(arguments: [
    ("%", "(redacted)"), ("the token % is bad", "the token (redacted) is bad"),
    (String(repeating: "x", count: 495) + "%", String(repeating: "x", count: 495) + "(reda"),
  ])
  func whatARegistryQuotesIsNotRepeated(message: String, told: String) async throws {
    let secret = try RegistryCredentials(registryToken: testSecret("se/cr+et\"7"))
    let registry = try GuardedRegistry {
      $0.refusal = { request in
        let token = request.header("Authorization")!.dropFirst("Bearer ".count)
        let quoted = message.replacing("%", with: token).replacing("\"", with: "\\\"").replacing(
          "/", with: "\\/")
        return .response(403, body: #"{"errors":[{"code":"DENIED","message":"\#(quoted)"}]}"#)
      }
    }
    let client = try registry.client(secret)
    let error = await registryError {
      _ = try await client.manifest(registry.manifest.digest, in: repository)
    }
    #expect(
      error?.description
        == "GET \(registry.host)/v2/team/prereqs/manifests/\(registry.manifest.digest): the registry answered 403 DENIED "
        + "\"\(told)\(message.count > 490 ? "…" : "")\"; check what the credentials for \(registry.host) may do"
    )
  }

  /// A header's value, which is shown where it is wrong.
  @Test func whatAHeaderQuotesIsNotRepeated() async throws {
    let secret = try RegistryCredentials(registryToken: testSecret())
    let registry = try GuardedRegistry {
      $0.refusal = { request in
        let token = request.header("Authorization")!.dropFirst("Bearer ".count)
        if request.path.contains("/blobs/") {
          return request.header("Range") == nil
            ? .truncated(status: 200, headers: [], body: pattern(9, at: 0), bytes: 1)
            : .response(206, [("Content-Range", "bytes \(token)")])
        }
        return request.path.hasSuffix("/list")
          ? .response(
            200, [("Link", "<https://b.example/\(token)?token=\(token)&a=b>; rel=next")], body: "{}")
          : .response(200, [("Content-Type", "text/\(token)")])
      }
    }
    let client = try registry.client(secret)
    let page = await registryError { _ = try await client.tags(in: repository) }
    #expect(
      page?.description
        == "GET \(registry.host)/v2/team/prereqs/tags/list: the next page is not on this host: "
        + "\"https://b.example/(redacted)\"")
    let type = await registryError { _ = try await client.get(.tag(staging.tag), in: repository) }
    #expect(type?.description.contains("the content type \"text/(redacted)\"") == true)
    let range = await registryError {
      _ = try await client.blob(digest(1), size: 9, in: repository).collect()
    }
    #expect(range?.description.hasSuffix("answered \"bytes (redacted)\"") == true)
  }

  @Test func aPasswordIsNotRepeatedInAnyOfItsForms() async throws {
    let server = try ScriptedServer { request in
      basicChallenge(request)
        ?? .response(
          403,
          body:
            #"{"errors":[{"code":"DENIED","message":"bot:\#(testSecret()), \#(request.header("Authorization")!)"}]}"#
        )
    }
    let client = try RegistryClient(
      url: server.url, credentials: RegistryCredentials(username: "bot", password: testSecret()))
    let error = await registryError { _ = try await client.manifest(digest(1), in: repository) }
    #expect(error?.description.contains("DENIED \"bot:(redacted), Basic (redacted)\"") == true)
  }

  /// A grapheme may have any number of bytes.
  @Test func noErrorFillsTheLog() {
    let message = "a" + String(repeating: "\u{301}", count: 100_000)
    let body = #"{"errors":[{"code":"X","message":"\#(message)"}]}"#
    let response = HTTPResponse(status: 400, headers: HTTPHeaders([]), body: Array(body.utf8))
    #expect(response.summary.utf8.count < 2_000)
  }

  @Test func manyErrorsAreCountedInPassing() {
    let errors = (0..<50_000).map { #"{"code":"\#($0)"}"# }.joined(separator: ",")
    let response = HTTPResponse(
      status: 400, headers: HTTPHeaders([]), body: Array(#"{"errors":[\#(errors)]}"#.utf8))
    #expect(response.summary == "400 0, 1, 2 and 49997 more errors")
  }
}
