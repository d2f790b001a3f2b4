import Glibc
import HTTPClient
import LinuxSystem
import Model
import Registry
import TestSupport
import Testing

/// The built program and docker-registry behind tokens, a password and TLS: what it is given, and how. That nothing secret
/// comes out again is `Deployment`'s to check.
@Suite(.enabled(if: RealRegistry.isExpected, Comment(rawValue: RealRegistry.absence)))
struct AuthenticationTests {
  private static let tag = #"latest: {branch: production, tag: "{image}-latest"}"#

  /// Calls `body` with a deployment whose registry has an image, is guarded from then on, and a state that declares it.
  private func withGuarded(
    _ protection: (TemporaryDirectory) async throws -> RealRegistry.Protection, settings: String,
    _ body: (Deployment, RealRegistry) async throws -> Void
  ) async throws {
    try await withTemporaryDirectory { folder in
      let protection = try await protection(folder)
      let digest = try await withRealRegistry(in: folder) { registry in
        try await ImagePusher(try registry.address, transport: Transport(userAgent: "tests"))
          .push("one", to: RepositoryName("team/app"))
      }
      try await withRealRegistry(in: folder, protection: protection) { registry in
        let deployment = try await Deployment(
          in: folder, registry: try registry.address, channels: Self.tag, settings: settings)
        try await deployment.declare(["app": digest])
        try await body(deployment, registry)
      }
    }
  }

  private func withTokens(
    settings: String = "", _ body: (Deployment, TokenServer) async throws -> Void
  ) async throws {
    nonisolated(unsafe) var server: TokenServer?  // set before it is read, on one task
    try await withGuarded(
      { folder in
        let certificates = try await Certificates(in: folder)
        try await certificates.issue("tokens")
        server = try TokenServer(certificates, "tokens", in: folder)
        var protection = RealRegistry.Protection()
        protection.tokens = (server!, certificates)
        return protection
      }, settings: settings
    ) { deployment, _ in try await body(deployment, server!) }
  }

  @Test func dockersLoginAndAHelper() async throws {
    try await withTokens { deployment, server in
      let folder = deployment.folder
      let host = try #require(try folder.read("tagkeeper.yaml").firstMatch(of: /127\.0\.0\.1:\d+/)?.output)
      let anonymous = try await deployment.tagkeeper("plan")
      #expect(anonymous.status == 1)
      #expect(anonymous.output.contains("run docker login \(host)"), "\(anonymous.output)")
      // As docker logs in with an identity token.
      try folder.write(
        #"{"auths":{"\#(host)":{"auth":"MDA6","identitytoken":"\#(TokenServer.identityToken)"}}}"#,
        to: "docker/config.json")
      let planned = try await deployment.tagkeeper("plan", environment: ["DOCKER_CONFIG": folder("docker")])
      #expect(
        planned.status == 0 && planned.output.contains("1 to create"), "\(planned.output)\(planned.errors)")
      // As a helper keeps it.
      let helper = try folder.write(
        """
        #!/bin/sh
        read -r host
        [ "$1 $host" = "get \(host)" ] || exit 1
        echo '{"ServerURL":"\(host)","Username":"bot","Secret":"\(TokenServer.password)"}'
        """, to: "bin/docker-credential-test")
      chmod(helper, 0o755)
      try folder.write(#"{"credHelpers":{"\#(host)":"test"}}"#, to: "helper/config.json")
      let environment = ["DOCKER_CONFIG": folder("helper"), "PATH": folder("bin") + ":/usr/bin:/bin"]
      let applied = try await deployment.tagkeeper("apply", environment: environment)
      #expect(applied.status == 0, "\(applied.output)\(applied.errors)")
      try folder.write("#!/bin/sh\necho \(TokenServer.password); exit 1\n", to: "bin/docker-credential-test")
      let broken = try await deployment.tagkeeper("plan", environment: environment)
      #expect(broken.status == 1 && broken.output.contains("docker-credential-test"), "\(broken.output)")
    }
  }

  @Test func aPasswordFileThatIsMendedWhileTheDaemonRuns() async throws {
    try await withTokens(settings: "username: bot\npasswordFile: secret\npoll: 1s\nsweep: 1s") {
      deployment, server in
      let folder = deployment.folder
      try folder.write(testSecret("wrong") + "\n", to: "secret")
      try await deployment.withDaemon { _ in
        try await until { deployment.log.contains("the token service answered 401") }
        try folder.write(TokenServer.password + "\n", to: "secret")
        let moved = TagReference(deployment.team, try TagName("app-latest"))
        let password = try RegistryCredentials(username: "bot", password: TokenServer.password)
        let client = RegistryClient(
          deployment.registry.address, credentials: password, transport: deployment.transport)
        try await until {
          if case .present = await client.observe(moved) { true } else { false }
        }
      }
    }
  }

  @Test func aPrivateAuthority() async throws {
    let settings = "username: bot\npasswordEnv: SECRET\ncaFile: ca.pem"
    try await withGuarded(
      { folder in
        var protection = RealRegistry.Protection()
        let certificates = try await Certificates(in: folder)
        try await certificates.issue("registry")
        protection.tls = certificates
        protection.htpasswd = true
        return protection
      }, settings: settings
    ) { deployment, registry in
      let applied = try await deployment.tagkeeper("apply", environment: ["SECRET": TokenServer.password])
      #expect(applied.status == 0, "\(applied.output)\(applied.errors)")
      #expect(registry.accessLog().contains("PUT /v2/team/app/manifests/app-latest HTTP/2.0"))
      let wrong = try await deployment.tagkeeper("plan", environment: ["SECRET": testSecret("wrong")])
      #expect(
        wrong.status == 1 && wrong.output.contains("which are from the configuration"), "\(wrong.output)")
    }
  }

  @Test func aProxyOfTheEnvironment() async throws {
    try await withTemporaryDirectory { folder in
      let answer = ScriptedReply.response(
        200, [("Docker-Distribution-Api-Version", "registry/2.0")], body: #"{"tags":[]}"#)
      let (registry, proxy) = (try ScriptedServer { _ in answer }, try ScriptedServer { _ in answer })
      try await TemporaryGitRepository(folder("checkout")).commit(["README": "x"], message: "first")
      try folder.write(
        """
        version: 1
        checkout: checkout
        registry: \(registry.url)
        channels: {latest: {branch: main, tag: "{image}-latest"}}
        """, to: "tagkeeper.yaml")
      for environment in [["http_proxy": proxy.url], ["http_proxy": proxy.url, "no_proxy": "127.0.0.1"]] {
        _ = try await tagkeeper(
          "import", "--from-registry", "--repository", "team/app", in: folder, environment: environment)
      }
      // A proxy is asked by the whole URL.
      #expect(proxy.requests.map(\.target) == ["\(registry.url)/v2/team/app/tags/list?n=1000"])
      #expect(registry.requests.map(\.target) == ["/v2/team/app/tags/list?n=1000"])
    }
  }
}
