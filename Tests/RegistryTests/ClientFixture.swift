import HTTPClient
import Model
import Registry
import TestSupport
import Testing

let repository = try! RepositoryName("team/prereqs")  // a constant
let staging = tag("alpine-staging")
let sibling = tag("alpine-sibling")

func tag(_ name: String) -> TagReference {
  TagReference(repository, try! TagName(name))  // a constant
}

/// Nobody waits in a test, and no pause depends on chance.
let immediateRetries = RequestRetries(sleep: { _ in }, jitter: { 1 })

extension RegistryClient {
  convenience init(
    url: String, credentials: any CredentialSource = RegistryCredentials.anonymous, concurrency: Int = 16,
    timing: AuthenticationTiming = AuthenticationTiming(pause: { _ in })
  ) throws {
    try self.init(
      RegistryURL(url), credentials: credentials,
      transport: Transport(
        concurrency: concurrency, userAgent: "tagkeeper/test", clock: SleepingClock().clock),
      timeouts: .patient, retries: immediateRetries, authenticationTiming: timing)
  }
}

/// 401 with a challenge for HTTP Basic where a request has no authorization; nil where it has one.
@Sendable func basicChallenge(_ request: ServedRequest) -> ScriptedReply? {
  guard request.header("Authorization") == nil else { return nil }
  return .response(
    401, [("WWW-Authenticate", "Basic realm=\"test\"")], body: #"{"errors":[{"code":"UNAUTHORIZED"}]}"#)
}

/// The error that `body` throws; a failure of the test where it throws none.
func registryError(
  _ location: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async -> RegistryError? {
  await #expect(throws: RegistryError.self, sourceLocation: location) { try await body() }
}

let manifestFields = [
  ("Content-Type", MediaType.ociManifest.rawValue), ("Docker-Distribution-Api-Version", "registry/2.0"),
]

extension Manifest {
  /// A `HEAD`'s or `GET`'s answer.
  var reply: ScriptedReply {
    .answer(
      status: 200,
      headers: [("Content-Type", mediaType.rawValue), ("Docker-Content-Digest", digest.description)],
      body: bytes)
  }
}
