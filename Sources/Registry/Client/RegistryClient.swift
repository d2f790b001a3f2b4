package import HTTPClient
package import Model

/// A client of one registry, as the OCI distribution specification 1.1 has it. One file per endpoint.
package final class RegistryClient: Sendable {
  package let address: RegistryURL
  package let kind: RegistryKind
  /// Requests in flight at most: what the transport allows towards this registry.
  package let concurrency: Int
  /// The address as text: what every path stands behind.
  private let root: String
  let transport: Transport
  let cache: ManifestCache
  let retries: RequestRetries
  private let timeouts: HTTPTimeouts
  let identification = Identification()
  /// What this process saw in each repository: only that is written from the cache.
  let seen = SeenManifests()
  let authenticator: Authenticator
  let tagDeletion = TagDeletionProofs()
  let listings = DigestListings()
  let deletionPace: RequestSpacing
  private let tls: TLSOptions?

  /// - Parameters:
  ///   - credentials: Asked only where the registry asks for something.
  ///   - tls: For the registry's host, and in part for its token service.
  ///   - transport: May be shared with other clients.
  ///   - cache: May be shared, too.
  ///   - kind: Nil to tell it by the host's name.
  package init(
    _ address: RegistryURL, kind: RegistryKind? = nil,
    credentials: any CredentialSource = RegistryCredentials.anonymous, tls: TLSOptions? = nil,
    transport: Transport, cache: ManifestCache = ManifestCache(),
    timeouts: HTTPTimeouts = HTTPTimeouts(), retries: RequestRetries = RequestRetries(),
    authenticationTiming: AuthenticationTiming = AuthenticationTiming()
  ) {
    let kind = kind ?? RegistryKind(host: address.host)
    self.address = address
    self.kind = kind
    root = "\(address)"
    deletionPace = RequestSpacing(perSecond: kind.traits.deletionsPerSecond)
    self.transport = transport
    concurrency = transport.limits(for: root).concurrency
    self.cache = cache
    self.timeouts = timeouts
    self.retries = retries
    self.tls = tls
    authenticator = Authenticator(
      address, credentials,
      TokenService(
        registry: address, transport: transport, tls: tls, timeouts: timeouts, timing: authenticationTiming))
  }

  /// The transport's: a request sent from there needs no hop between threads.
  package var taskExecutor: any TaskExecutor { transport.taskExecutor }

  /// A request to this registry. `path` follows `/v2/`.
  func request(
    _ method: HTTPRequest.Method, _ path: String, _ access: Access, headers: [HTTPRequest.Header] = [],
    body: [UInt8]? = nil, maximumBodySize: Int = 4 << 20
  ) -> RegistryRequest {
    request(
      method, outside: "/v2/" + path, access, headers: headers, body: body, maximumBodySize: maximumBodySize)
  }

  /// A request to whatever the registry's host has. `path` starts there.
  func request(
    _ method: HTTPRequest.Method, outside path: String, _ access: Access,
    headers: [HTTPRequest.Header] = [], body: [UInt8]? = nil, maximumBodySize: Int = 4 << 20
  ) -> RegistryRequest {
    var http = HTTPRequest(
      method, root + path, headers: headers, body: body, maximumBodySize: maximumBodySize, timeouts: timeouts)
    http.tls = tls
    return RegistryRequest(http: http, access: access)
  }

  /// A request to read a manifest or ask for it.
  func manifestRequest(
    _ method: HTTPRequest.Method, _ reference: ManifestReference, in repository: RepositoryName
  ) -> RegistryRequest {
    request(
      method, "\(repository)/manifests/\(reference)", Access(.pull, repository),
      headers: Self.manifestFields)
  }

  /// One array for all: so the transport knows its handles by identity.
  private static let manifestFields = [HTTPRequest.Header("Accept", MediaType.accept)]

  /// The error that an answer stands for, where nothing more is known than its status.
  func failure(_ response: HTTPResponse, to request: RegistryRequest) -> RegistryError {
    let isWrite = !request.method.isSafe
    let host = address.authority
    let said = "\(request.operation): the registry answered \(response.summary)"
    switch response.status {
    case 401: return RegistryError(.unauthorized, said + "; check the credentials for \(host)")
    case 403: return RegistryError(.denied, said + "; check what the credentials for \(host) may do")
    case 405 where isWrite:
      return RegistryError(
        .readOnly, said + "; it is read-only, or a proxy before it lets no write through")
    case 429:
      return RegistryError(
        .throttled, said + "; it limits requests: try again later, or set requestsPerSecond below its limit")
    case 500...: return RegistryError(.server, said, isOutcomeUnknown: isWrite)
    case 400, 409, 412, 413, 415, 422: return RegistryError(.rejected, said)
    default: return RegistryError(.unexpected, said)
    }
  }
}
