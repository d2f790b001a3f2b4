import HTTPClient
import Model

/// A request to a registry, with what it has to be allowed to do.
struct RegistryRequest: Sendable {
  var http: HTTPRequest
  let access: Access
  /// Sending it twice does what sending it once does. A `DELETE` needs a fresh look before each try, and an upload its
  /// status: whoever sends them repeats them.
  var isRepeatable: Bool
  /// Its answer may take minutes: nothing else is to wait for it.
  var mayTakeLong = false

  init(http: HTTPRequest, access: Access) {
    self.http = http
    self.access = access
    isRepeatable = http.method.isSafe
  }

  var method: HTTPRequest.Method { http.method }
  var operation: String { http.operation }
}

/// What a request does to which repository: those of one access get the same challenge, and share its token.
struct Access: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    /// `/v2/` itself.
    case identify
    /// `/v2/` with credentials, as `docker login` asks for it.
    case login
    /// Manifests, blobs and referrers, to read. Some registries ask for another right to list tags.
    case pull
    case list
    case push
    /// To push, and to read the repository that the blob is taken over from.
    case mount(from: RepositoryName)
    case delete
  }

  /// Nil for what is no repository's.
  let repository: RepositoryName?
  let kind: Kind

  init(_ kind: Kind, _ repository: RepositoryName?) {
    self.kind = kind
    self.repository = repository
  }
}
