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
    switch settings.registry {
    case .registry(let url):
      let transport = try transport(to: settings.registryHost)
      return .registry(try writer(url, transport, manifests: manifests), transport)
    case .layouts(let path):
      do { return .layouts(LayoutWriter(layouts: try ImageLayouts(path: path.absolute))) } catch {
        throw CommandFailure(error)
      }
    }
  }

  private func writer(
    _ url: RegistryURL, _ transport: Transport, manifests: String?
  ) throws(CommandFailure) -> RegistryWriter {
    let cache: ManifestCache
    do { cache = try ManifestCache(folder: manifests.map { try ManifestFolder(path: $0) }) } catch {
      throw CommandFailure(error)
    }
    return RegistryWriter(
      client: try client(url, settings.registryHost, transport, cache: cache))
  }

  /// Any registry, with what the configuration says of it below `hosts`, if anything.
  /// - Parameters:
  ///   - host: As images name it, such as `ghcr.io`, with a port where it is not the scheme's own.
  ///   - cache: May be shared with other clients.
  /// - Throws: `CommandFailure` for what is no host, and as the others do.
  func client(
    ofHost host: String, cache: ManifestCache = ManifestCache()
  ) throws(CommandFailure) -> RegistryClient {
    let name = host.lowercased()
    if let url = settings.registry.url, name == url.hostName {
      return try client(
        url, settings.registryHost, try transport(to: settings.registryHost), cache: cache)
    }
    let given = settings.hosts[name] ?? Settings.Host()
    // Docker Hub's images have its name, and its registry has another.
    let place = name == "docker.io" ? "registry-1.docker.io" : name
    let address: RegistryURL
    do { address = try RegistryURL("\(given.plainHTTP ? "http" : "https")://\(place)") } catch {
      throw CommandFailure("\(host.quoted) is not a registry's host: \(error)")
    }
    return try client(address, given, try transport(to: given), cache: cache)
  }

  private func transport(to host: Settings.Host) throws(CommandFailure) -> Transport {
    do {
      return try Transport(concurrency: host.concurrency, userAgent: "tagkeeper/\(Version.text)")
    } catch {
      throw CommandFailure("the HTTP client can't be started: \(error)")
    }
  }

  private func client(
    _ address: RegistryURL, _ host: Settings.Host, _ transport: Transport, cache: ManifestCache
  ) throws(CommandFailure) -> RegistryClient {
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
    case .tokenFile(let path): return .tokenFile(path)
    case .password(let username, let password):
      let name =
        switch username {
        case .text(let text): text
        case .variable(let name): try variable(name)
        }
      switch password {
      case .file(let path): return .passwordFile(username: name, path: path)
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
  /// Nil where libcurl's defaults do.
  fileprivate var tls: TLSOptions? {
    guard caFile != nil || clientCertificate != nil else { return nil }
    return TLSOptions(caFile: caFile, clientCertificate: clientCertificate, clientKey: clientKey)
  }
}
