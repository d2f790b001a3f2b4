import Glibc
import LinuxSystem
package import Model

/// Debian's `docker-registry` (distribution 2.8), or what $TAGKEEPER_REGISTRY names, on an ephemeral loopback port.
///
/// Tests that need it carry `.enabled(if: RealRegistry.isExpected, RealRegistry.absence)`: without it they are
/// skipped, but in CI they run, and fail.
package struct RealRegistry: Sendable {
  package static let executable =
    getenv("TAGKEEPER_REGISTRY").map { String(cString: $0) } ?? "/usr/bin/docker-registry"
  package static let absence = "docker-registry is not installed: apt-get install docker-registry"

  /// distribution 3 deletes a tag alone; 2.8 deletes manifests alone.
  package static let deletesTags: Bool = {
    let command = Command(executable, ["--version"], environment: [:])
    let said = try? ProcessConversation(command).run(input: [], outputLimit: 4096, timeout: .seconds(30))
      .output
    return String(decoding: said ?? [], as: UTF8.self).contains("distribution/v3 ")
  }()
  package static let deletion =
    "this is about distribution 2.8, which deletes no tags; the registry given does"

  package static var isExpected: Bool {
    access(executable, X_OK) == 0 || getenv("CI").map { String(cString: $0) } == "true"
  }

  /// How it is guarded.
  package struct Protection: Sendable {
    /// The user `TokenServer.username` with its password, by HTTP Basic.
    package var htpasswd = false
    /// Issued the certificate `registry`.
    package var tls: Certificates?
    /// Clients have to show a certificate of the same authority.
    package var wantsClientCertificate = false
    /// Tokens of this service, signed by the authority of these certificates.
    package var tokens: (server: TokenServer, Certificates)?

    package init() {}
  }

  /// `http://127.0.0.1:PORT`, or `https`.
  package let url: String
  /// Of requests so far, in Apache's combined format.
  package let accessLog: @Sendable () -> String
  package var address: RegistryURL { get throws { try RegistryURL(url) } }
}

/// Calls `body` with a registry that keeps its data in `folder` (a new one where nil), and ends it afterwards.
/// - Parameters:
///   - deletes: Whether manifests can be deleted.
///   - readOnly: Maintenance mode.
///   - protection: None by default.
package func withRealRegistry<Value>(
  in folder: TemporaryDirectory? = nil, deletes: Bool = true, readOnly: Bool = false,
  protection: RealRegistry.Protection = RealRegistry.Protection(),
  isolation: isolated (any Actor)? = #isolation, _ body: (RealRegistry) async throws -> Value
) async throws -> Value {
  guard let folder else {
    return try await withTemporaryDirectory {
      try await withRealRegistry(
        in: $0, deletes: deletes, readOnly: readOnly, protection: protection, body)
    }
  }
  let log = "registry-\(UInt64.random(in: 0 ... .max)).log"
  let configuration = """
    version: 0.1
    storage:
      filesystem: {rootdirectory: \(folder("registry"))}
      delete: {enabled: \(deletes)}
      maintenance: {readonly: {enabled: \(readOnly)}, uploadpurging: {enabled: false}}
    http: {addr: "127.0.0.1:0"\(protection.tlsSettings)}
    log: {level: info}
    \(try protection.authentication(in: folder))
    """
  let command = Command(
    RealRegistry.executable, ["serve", try folder.write(configuration, to: log + ".yml")], environment: [:])
  guard access(RealRegistry.executable, X_OK) == 0 else {
    throw RegistryDidNotStart(log: RealRegistry.absence)
  }
  let process = try ChildProcess.start(
    command, output: .file(folder(log + ".access")), errorOutput: .file(folder(log)))
  do {
    let address = try await listeningAddress(process, { try folder.read(log) })
    let registry = RealRegistry(url: "\(protection.tls == nil ? "http" : "https")://\(address)") {
      (try? folder.read(log + ".access")) ?? ""
    }
    let value = try await body(registry)
    process.kill()
    _ = await process.wait()
    return value
  } catch {
    process.kill()
    _ = await process.wait()
    throw error
  }
}

extension RealRegistry.Protection {
  fileprivate var tlsSettings: String {
    guard let tls else { return "" }
    let clients = wantsClientCertificate ? ", clientcas: [\(tls.authority)]" : ""
    return ", tls: {certificate: \(tls.certificate("registry")), key: \(tls.key("registry"))\(clients)}"
  }

  fileprivate func authentication(in folder: TemporaryDirectory) throws -> String {
    if htpasswd {
      // bcrypt of `TokenServer.password`, which no tool of Debian's base makes.
      let hash = "$2b$04$abcdefghijklmnopqrstuuTorNwn5cTf9FbA5vXcDOtfJUm/Fv4ne"
      let path = try folder.write("\(TokenServer.username):\(hash)\n", to: "htpasswd")
      return "auth: {htpasswd: {realm: test, path: \(path)}}"
    }
    guard let (server, certificates) = tokens else { return "" }
    return """
      auth:
        token:
          realm: \(server.url)
          service: \(TokenServer.service)
          issuer: \(TokenServer.issuer)
          rootcertbundle: \(certificates.authority)
      """
  }
}

/// The address that the registry logs once it listens; the kernel chose the port.
private func listeningAddress(_ process: ChildProcess, _ log: () throws -> String) async throws -> String {
  while true {
    let text = (try? log()) ?? ""
    if let line = text.split(separator: "\n").first(where: { $0.contains("listening on 127.0.0.1:") }),
      let start = line.firstRange(of: "127.0.0.1:")?.lowerBound
    {
      return String(line[start...].prefix { $0.isNumber || $0 == "." || $0 == ":" })
    }
    guard process.termination == nil else { throw RegistryDidNotStart(log: text) }
    try await Task.sleep(for: .milliseconds(10))
  }
}

private struct RegistryDidNotStart: Error, CustomStringConvertible {
  let log: String

  var description: String { "docker-registry did not start: \(log)" }
}
