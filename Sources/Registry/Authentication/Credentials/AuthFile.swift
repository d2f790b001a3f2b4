import FoundationEssentials
import Model

/// What docker's `config.json` and podman's `auth.json` (containers-auth.json(5)) say of credentials. Holds secrets: never
/// printed.
struct AuthFile: Decodable, Redacted {
  /// docker-cli's `types.AuthConfig`.
  struct Entry: Decodable, Redacted {
    let auth: String?
    let username: String?
    let password: String?
    let identitytoken: String?
    let registrytoken: String?
  }

  let auths: [String: Entry]?
  let credHelpers: [String: String]?
  let credsStore: String?

  /// Who has the format: they match a key that has a path in different ways.
  enum Format: Sendable {
    /// A key's path says nothing: `https://registry.example.com/v1/` is its host.
    case docker
    /// A key's path is the beginning of a repository's.
    case containers
  }

  /// The entry that fits best; one without anything in it, as docker leaves beside a `credsStore`, is none.
  func entry(for host: String, _ repository: RepositoryName?, _ format: Format) -> (
    key: String, value: Entry
  )? {
    let entries = (auths ?? [:]).filter { !$0.value.isEmpty }
    return Self.bestKey(among: entries.keys, host, repository, format).flatMap { key in
      entries[key].map { (key, $0) }
    }
  }

  /// The program to ask, and what to ask it about.
  func program(for host: String, _ repository: RepositoryName?, _ format: Format) -> (
    name: String, server: String
  )? {
    if let key = Self.bestKey(among: (credHelpers ?? [:]).keys, host, repository, format),
      let name = credHelpers?[key], !name.isEmpty
    {
      return (name, format == .docker ? Self.server(host) : key)
    }
    guard let name = credsStore, !name.isEmpty else { return nil }
    return (name, Self.server(host))
  }

  /// The most specific key; of two that fit alike, the first by text, so that a run is like the next.
  private static func bestKey(
    among keys: some Sequence<String>, _ host: String, _ repository: RepositoryName?, _ format: Format
  ) -> String? {
    let ranked = keys.compactMap { key in
      rank(key, host, repository, format).map { (rank: $0, key: key) }
    }
    return ranked.min { ($1.rank, $0.key) < ($0.rank, $1.key) }?.key
  }

  /// How well `key` fits, higher for better; nil where it does not.
  private static func rank(
    _ key: String, _ host: String, _ repository: RepositoryName?, _ format: Format
  ) -> Int? {
    let scheme = ["https://", "http://"].first { key.lowercased().hasPrefix($0) }
    let place = key.dropFirst(scheme?.count ?? 0)
    let keyHost = place.prefix { $0 != "/" }.lowercased()
    guard names(of: host).contains(keyHost) else { return nil }
    let path = place.dropFirst(keyHost.count).split(separator: "/")
    if scheme == nil, path.isEmpty { return keyHost == host ? 2 : 1 }
    if scheme != nil || path == ["v1"] || path == ["v2"] { return 0 }
    let parts = repository.map { $0.description.split(separator: "/") } ?? []
    if parts.starts(with: path) { return 2 + path.count }
    return format == .docker ? -1 : nil
  }

  /// Docker Hub has several; any other host has one.
  private static func names(of host: String) -> Set<String> {
    dockerHub.contains(host) ? dockerHub : [host]
  }

  private static let dockerHub: Set = [
    "docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com",
  ]

  /// What helpers know a registry by: docker logs in to the Hub under its old address.
  private static func server(_ host: String) -> String {
    dockerHub.contains(host) ? "https://index.docker.io/v1/" : host
  }
}

extension AuthFile.Entry {
  fileprivate var isEmpty: Bool {
    [auth, username, password, identitytoken, registrytoken].allSatisfy { $0?.isEmpty ?? true }
  }

  /// Tokens stand before a password, as in docker.
  /// - Throws: `InvalidValue`, which never has the entry's text.
  func credentials() throws(InvalidValue) -> RegistryCredentials {
    if let registrytoken, !registrytoken.isEmpty {
      return try RegistryCredentials(registryToken: registrytoken)
    }
    if let identitytoken, !identitytoken.isEmpty {
      return try RegistryCredentials(identityToken: identitytoken)
    }
    guard let auth, !auth.isEmpty else {
      return try RegistryCredentials.user(username ?? "", password ?? "")
    }
    let text = Data(base64Encoded: auth).map { String(decoding: $0, as: UTF8.self) }
    guard let text, let colon = text.firstIndex(of: ":") else {
      throw InvalidValue("\"auth\" is not the base64 of USER:PASSWORD", remedy: "log in again")
    }
    // docker once padded the password with zeros.
    let password = text[text.index(after: colon)...].reversed().drop { $0 == "\0" }.reversed()
    return try RegistryCredentials.user(String(text[..<colon]), String(password))
  }
}

extension RegistryCredentials {
  /// `<token>` in the name's place marks an identity token (docker-credential-helpers).
  static func user(_ username: String, _ password: String) throws(InvalidValue) -> RegistryCredentials {
    username == "<token>"
      ? try RegistryCredentials(identityToken: password)
      : try RegistryCredentials(username: username, password: password)
  }
}
