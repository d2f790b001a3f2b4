import HTTPClient
import Model
import Registry
import TestSupport
import Testing

/// docker-registry behind a password, TLS and tokens.
@Suite(.enabled(if: RealRegistry.isExpected, Comment(rawValue: RealRegistry.absence)))
struct GuardedRealRegistryTests {
  let transport: Transport
  let password: RegistryCredentials

  init() throws {
    transport = try Transport(userAgent: "tagkeeper/test")
    password = try RegistryCredentials(username: TokenServer.username, password: TokenServer.password)
  }

  private func client(
    _ registry: RealRegistry, _ credentials: RegistryCredentials = .anonymous, tls: TLSOptions? = nil
  ) throws -> RegistryClient {
    RegistryClient(try registry.address, credentials: credentials, tls: tls, transport: transport)
  }

  /// Calls `body` with a registry that has an image, which `staging` points to, and is guarded.
  private func withGuarded(
    in folder: TemporaryDirectory, _ protection: RealRegistry.Protection,
    _ body: (RealRegistry, Digest) async throws -> Void
  ) async throws {
    let digest = try await withRealRegistry(in: folder) { registry in
      try await ImagePusher(try registry.address, transport: transport)
        .push("one", to: repository, as: staging.tag)
    }
    try await withRealRegistry(in: folder, protection: protection) { try await body($0, digest) }
  }

  /// Reads, moves and deletes.
  private func expectFullUse(_ client: RegistryClient, _ digest: Digest) async throws {
    #expect(await client.observe(staging) == .present(digest))
    try await client.put(digest, to: sibling)
    #expect(try await client.tags(in: repository).sorted() == [sibling.tag, staging.tag])
    #expect(try await client.proveManifestDeletion(in: repository, batch: "proof") == .deleted)
    #expect(await client.observe(tag("missing")) == .absent)
  }

  @Test func aPassword() async throws {
    try await withTemporaryDirectory { folder in
      var protection = RealRegistry.Protection()
      protection.htpasswd = true
      try await withGuarded(in: folder, protection) { registry, digest in
        try await expectFullUse(try client(registry, password), digest)
        let wrong = try RegistryCredentials(username: "bot", password: testSecret("wrong"))
        let host = registry.url.dropFirst(7)
        let error = await registryError { _ = try await client(registry, wrong).tags(in: repository) }
        #expect(
          error?.description
            == "GET \(host)/v2/team/prereqs/tags/list: the registry answered 401 UNAUTHORIZED \"authentication required\"; "
            + "check the credentials for \(host), which are from the configuration")
      }
    }
  }

  @Test func aPrivateAuthorityAndHTTP2() async throws {
    try await withTemporaryDirectory { folder in
      let certificates = try await Certificates(in: folder)
      try await certificates.issue("registry")
      var protection = RealRegistry.Protection()
      protection.tls = certificates
      protection.htpasswd = true
      try await withGuarded(in: folder, protection) { registry, digest in
        let host = registry.url.dropFirst(8)
        let unknown = await registryError { try await client(registry).identify() }
        #expect(unknown?.kind == .transport)
        #expect(
          unknown?.description.hasSuffix(
            ": if the authority that signed the server's certificate is to be trusted, name its certificate in caFile, "
              + "for a source below hosts"
          )
            == true, "\(unknown?.description ?? "")")
        #expect(unknown?.description.hasPrefix("GET \(host)/v2/: TLS failed: ") == true)
        let tls = TLSOptions(caFile: certificates.authority)
        try await expectFullUse(try client(registry, password, tls: tls), digest)
        #expect(
          registry.accessLog().contains(#""HEAD /v2/team/prereqs/manifests/alpine-staging HTTP/2.0" 200"#))
        // A connection that one set of options made is not another's.
        #expect(await registryError { try await client(registry).identify() }?.kind == .transport)
        let missing = TLSOptions(caFile: folder("missing.pem"))
        let unread = await registryError { try await client(registry, tls: missing).identify() }
        #expect(unread?.description.hasSuffix(": check caFile") == true, "\(unread?.description ?? "")")
      }
    }
  }

  @Test func aClientCertificate() async throws {
    try await withTemporaryDirectory { folder in
      let certificates = try await Certificates(in: folder)
      try await certificates.issue("registry")
      try await certificates.issue("client")
      var protection = RealRegistry.Protection()
      protection.tls = certificates
      protection.wantsClientCertificate = true
      try await withGuarded(in: folder, protection) { registry, digest in
        let remedy =
          "the server may want another certificate of the client: check clientCertificate and clientKey"
        // The server cuts the connection behind its alert, which may get lost so.
        var said = ""
        for _ in 0..<100 where !said.hasSuffix(remedy) {
          let none = await registryError {
            try await client(registry, tls: TLSOptions(caFile: certificates.authority)).identify()
          }
          said = none?.description ?? "no error"
        }
        #expect(said.hasSuffix(remedy), "\(said)")
        let tls = TLSOptions(
          caFile: certificates.authority, clientCertificate: certificates.certificate("client"),
          clientKey: certificates.key("client"))
        try await expectFullUse(try client(registry, tls: tls), digest)
        var broken = tls
        broken.clientKey = certificates.key("registry")
        // libcurl takes a connection for another key's where the certificate is the same.
        let fresh = try RegistryClient(
          registry.address, tls: broken, transport: Transport(userAgent: "tagkeeper/test"))
        let error = await registryError { try await fresh.identify() }
        #expect(
          error?.description.hasSuffix("check clientCertificate and clientKey: PEM, without a passphrase")
            == true,
          "\(error?.description ?? "")")
      }
    }
  }

  @Test func anExpiredCertificate() async throws {
    try await withTemporaryDirectory { folder in
      let certificates = try await Certificates(in: folder)
      try await certificates.issue("registry", days: -1)
      var protection = RealRegistry.Protection()
      protection.tls = certificates
      try await withRealRegistry(in: folder, protection: protection) { registry in
        let tls = TLSOptions(caFile: certificates.authority)
        let error = await registryError { try await client(registry, tls: tls).identify() }
        #expect(
          error?.description.hasSuffix(
            "renew the server's certificate, or that of its authority, or set this machine's clock") == true,
          "\(error?.description ?? "")")
      }
    }
  }

  private func withTokens(
    _ body: (RealRegistry, TokenServer, Digest) async throws -> Void
  ) async throws {
    try await withTemporaryDirectory { folder in
      let certificates = try await Certificates(in: folder)
      try await certificates.issue("tokens")
      let server = try TokenServer(certificates, "tokens", in: folder)
      var protection = RealRegistry.Protection()
      protection.tokens = (server, certificates)
      try await withGuarded(in: folder, protection) { try await body($0, server, $1) }
    }
  }

  @Test(arguments: ["password", "identity token"])
  func tokens(_ kind: String) async throws {
    try await withTokens { registry, server, digest in
      let identity = try RegistryCredentials(identityToken: TokenServer.identityToken)
      let client = try client(registry, kind == "password" ? password : identity)
      try await expectFullUse(client, digest)
      // The registry names them: to read, to write, to delete; a listing asks to read.
      #expect(
        Set(
          server.requests.flatMap { $0.parameters["scope"] ?? [] }.map {
            $0.replacing("push,pull", with: "pull,push")
          }) == [
            "repository:team/prereqs:pull", "repository:team/prereqs:pull,push",
            "repository:team/prereqs:delete",
          ])
      #expect(server.requests.count == 3)
      let wrong = try RegistryCredentials(username: "bot", password: testSecret("wrong"))
      let refused = await registryError { _ = try await self.client(registry, wrong).tags(in: repository) }
      #expect(refused?.kind == .unauthorized)
    }
  }

  /// docker-registry allows 60 s of leeway: a token of 300 s that is 400 s old has expired for it, and not for us.
  @Test func aTokenThatExpiresInMidPass() async throws {
    try await withTokens { registry, server, digest in
      let client = try client(registry, password)
      server.configure(lifetime: 300, age: 400)
      let error = await registryError { _ = try await client.tags(in: repository) }
      #expect(error?.kind == .unauthorized)
      // One that has a few seconds left: on a busy machine, more.
      var (left, fresh) = (2, try self.client(registry, password))
      server.configure(lifetime: 300, age: 360 - left)
      while await fresh.observe(staging) != .present(digest) {
        left *= 2
        fresh = try self.client(registry, password)
        server.configure(lifetime: 300, age: 360 - left)
      }
      let first = server.requests.count
      server.configure()
      while server.requests.count == first {
        #expect(await fresh.observe(staging) == .present(digest))
        try await Task.sleep(for: .milliseconds(50))
      }
      #expect(server.requests.count == first + 1)
    }
  }
}
