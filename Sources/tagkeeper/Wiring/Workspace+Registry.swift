import Configuration
import HTTPClient
import Model
import Registry

extension Workspace {
  /// The configuration's registry, or the layouts that stand for one.
  /// - Parameter manifests: a folder that keeps manifests over restarts; nil for none.
  /// - Throws: `CommandFailure` where the credentials' environment variables are not set, or the system has no memory or
  ///   thread to give.
  func openRegistry(manifests: String?) throws(CommandFailure) -> OpenedRegistry {
    let transport = try transport()
    do {
      switch settings.registry {
      case .registry(let url):
        let cache = try ManifestCache(folder: manifests.map { try ManifestFolder(path: $0) })
        return OpenedRegistry(try client(url, settings.registryHost, transport, cache), transport)
      case .layouts(let path): return OpenedRegistry(try ImageLayouts(path: path.absolute), transport)
      }
    } catch {
      throw CommandFailure(error)
    }
  }

  /// Another registry than the configuration's, with what that says of it below `hosts`, if anything.
  /// - Parameter host: As images name it, such as `ghcr.io`, with or without the scheme's own port.
  /// - Throws: `CommandFailure` for what is no host, and as `openRegistry` does.
  func client(ofHost host: String, _ transport: Transport) throws(CommandFailure) -> RegistryClient {
    let (name, given) = declared(host) ?? (host.lowercased(), Settings.Host())
    let address: RegistryURL
    do { address = try RegistryURL(url(ofHost: name, given)) } catch {
      throw CommandFailure("\(host.quoted) is not a registry's host: \(error)")
    }
    return try client(address, given, transport)
  }

  /// What stands below `hosts` of `host`, as images name it, and its name there, which lacks the scheme's own port, and may
  /// be the one of Docker Hub's images or of its registry.
  func declared(_ host: String) -> (name: String, Settings.Host)? {
    settings.hosts.first { name, given in
      (try? RegistryURL(url(ofHost: host.lowercased(), given)))?.hostName == Self.registryName(ofHost: name)
    }.map { ($0.key, $0.value) }
  }

  /// Whether `host`, as images name it, is the configuration's registry.
  func isOwn(_ host: String) -> Bool {
    guard let own = settings.registry.url else { return false }
    let name = Self.registryName(ofHost: host.lowercased())
    return (try? RegistryURL("\(own.scheme.rawValue)://\(name)"))?.hostName == own.hostName
  }

  private func url(ofHost name: String, _ host: Settings.Host) -> String {
    "\(host.plainHTTP ? "http" : "https")://\(Self.registryName(ofHost: name))"
  }

  /// Docker Hub's images have its name, and its registry has another.
  private static func registryName(ofHost name: String) -> String {
    name == "docker.io" ? "registry-1.docker.io" : name
  }

  /// One for all registries, each at its own pace.
  private func transport() throws(CommandFailure) -> Transport {
    var limits: [String: OriginLimits] = [:]
    for (name, host) in settings.hosts { limits[url(ofHost: name, host)] = host.limits }
    if let url = settings.registry.url { limits["\(url)"] = settings.registryHost.limits }
    do { return try Transport(limits: limits, userAgent: Version.agent) } catch {
      throw CommandFailure("the HTTP client can't be started: \(error)")
    }
  }

  private func client(
    _ address: RegistryURL, _ host: Settings.Host, _ transport: Transport,
    _ cache: ManifestCache = ManifestCache()
  ) throws(CommandFailure) -> RegistryClient {
    try host.requireReadableTLSFiles()
    let configured = try configured(host.credentials)
    do {
      let credentials = try CredentialChain(
        host: address.hostName, configured: configured, environment: environment)
      return RegistryClient(
        address, credentials: credentials, tls: host.tls, transport: transport, cache: cache)
    } catch {
      throw CommandFailure(error)
    }
  }

  private func configured(
    _ credentials: Settings.Credentials?
  ) throws(CommandFailure) -> ConfiguredCredentials? {
    switch credentials {
    case nil: return nil
    case .tokenFile(let path): return .tokenFile(path.absolute)
    case .password(let username, let password):
      let name =
        switch username {
        case .text(let text): text
        case .variable(let name): try variable(name)
        }
      switch password {
      case .file(let path): return .passwordFile(username: name, path: path.absolute)
      case .variable(let variable):
        let password = try self.variable(variable)
        do { return .fixed(try RegistryCredentials(username: name, password: password)) } catch {
          throw CommandFailure(error)
        }
      }
    }
  }

  private func variable(_ name: String) throws(CommandFailure) -> String {
    guard let value = environment[name], !value.isEmpty else {
      throw CommandFailure(
        "the environment variable \(name) is not set: the configuration names it for the registry")
    }
    return value
  }
}

extension Settings.Host {
  fileprivate var limits: OriginLimits {
    OriginLimits(concurrency: concurrency, requestsPerSecond: requestsPerSecond)
  }

  /// Nil where libcurl's defaults do.
  fileprivate var tls: TLSOptions? {
    guard caFile != nil || clientCertificate != nil else { return nil }
    return TLSOptions(caFile: caFile, clientCertificate: clientCertificate, clientKey: clientKey)
  }
}
