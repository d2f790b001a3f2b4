import Glibc
import Model
import Reconciler
import TestSupport
import Testing

@testable import tagkeeper

@Suite struct WorkspaceTests {
  /// Networks of containers have `_` in names.
  @Test func aRegistryThatTheConfigurationMayNameIsOneToAsk() async throws {
    try await withConfiguration("registry: http://my_registry:5000\nplainHTTP: true") { workspace in
      let registry = try workspace.openRegistry(manifests: nil)
      #expect(registry.writer.host == "my_registry:5000")
    }
  }

  /// One client has one pace: a source that names the registry's own host is the registry.
  @Test(arguments: [
    ("https://r.example", ["r.example", "R.example", "r.example:443"], ["r.example:80", "s.example", "x"]),
    ("http://127.0.0.1:5000", ["127.0.0.1:5000"], ["127.0.0.1", "localhost:5000"]),
    ("https://registry-1.docker.io", ["docker.io", "registry-1.docker.io"], ["index.docker.io"]),
    ("oci:/srv/images", [], ["r.example"]),
  ])
  func theRegistrysOwnHost(_ registry: String, own: [String], others: [String]) async throws {
    try await withConfiguration("registry: \(registry)") { workspace in
      for host in own { #expect(workspace.isOwn(host), "\(host)") }
      for host in others { #expect(!workspace.isOwn(host), "\(host)") }
    }
  }

  /// With or without the scheme's own port, here as there.
  @Test(arguments: ["other", "Other:443", "plain:80", "plain", "docker.io", "registry-1.docker.io"])
  func whatHostsSaysOfASource(_ host: String) async throws {
    let hub = host.hasPrefix("docker") ? "registry-1.docker.io" : "docker.io"
    let hosts =
      "hosts: {\"other:443\": {concurrency: 4}, plain: {concurrency: 4, plainHTTP: true}, \(hub): {concurrency: 4}}"
    try await withConfiguration("registry: https://r.example\n\(hosts)") { workspace in
      let expected = host.hasPrefix("plain") ? "plain" : host.contains("docker") ? hub : "other"
      #expect(workspace.declared(host)?.name == expected)
      #expect(workspace.declared("\(host)0") == nil)
    }
  }

  /// The line that accepts a branch is copied into another folder's shell.
  @Test func theLineThatAcceptsABranchIsGoodAnywhere() async throws {
    try await withConfiguration("registry: https://r.example") { workspace in
      let arguments = try Arguments(["--state-dir", "state"], for: .run)
      let line = workspace.acceptances(try workspace.stateDirectory(arguments))
        .command(accepting: try CommitID(String(repeating: "a", count: 40)), for: "latest")
      #expect(line.contains(" --state-dir /") && line.contains("/state "), "\(line)")
    }
  }

  @Test func aFailureIsToldInItsOwnWords() async throws {
    let configuration =
      "registry: https://r.example\nhosts: {other: {username: me, passwordEnv: NOT_SET_HERE}}"
    try await withConfiguration(configuration) { workspace in
      let transport = try workspace.openRegistry(manifests: nil).transport
      let error = #expect(throws: CommandFailure.self) { try workspace.client(ofHost: "other", transport) }
      #expect(
        error.map { "\($0)" }
          == "the environment variable NOT_SET_HERE is not set: the configuration names it for the registry")
    }
  }

  @Test(arguments: ["caFile", "clientCertificate", "clientKey"])
  func aFileOfTLSThatIsNone(key: String) async throws {
    try await withTemporaryDirectory { folder in
      #expect(mkfifo(folder("pipe"), 0o600) == 0)
      for (path, kind) in [
        (folder("pipe"), "a named pipe"), (folder.path, "a folder"), ("/dev/zero", "a device"),
      ] {
        let certificate = key == "clientKey" ? "\nclientCertificate: /srv/missing.pem" : ""
        try await withConfiguration("registry: https://r.example\(certificate)\n\(key): \(path)") {
          workspace in
          let error = #expect(throws: CommandFailure.self) { try workspace.openRegistry(manifests: nil) }
          #expect(
            error?.message
              == "\(key) \"\(path)\" is \(kind), and no regular file: name the file that has it in PEM form")
        }
      }
    }
  }

  /// systemd.exec(5) has a list there, by colons.
  @Test(arguments: [
    ("/a:/b", "/a"), (":/b", "/b"), (":", "/home/me/.local/state/tagkeeper"),
    ("", "/home/me/.local/state/tagkeeper"),
  ])
  func stateDirectoryOfTheEnvironment(_ given: String, _ path: String) throws {
    let directory = try StateDirectory(
      flag: nil, environment: ["STATE_DIRECTORY": given, "HOME": "/home/me"],
      service: .init(registry: "https://r.example", checkout: "/srv"))
    #expect(directory.path == path)
  }

  private func withConfiguration(_ registry: String, _ body: (Workspace) throws -> Void) async throws {
    try await withTemporaryDirectory { folder in
      let path = try folder.write(
        "version: 1\ncheckout: /srv\n\(registry)\nchannels: {latest: {branch: production, tag: t}}\n",
        to: "tagkeeper.yaml")
      try body(try Workspace(try Arguments(["--config", path], for: .plan)))
    }
  }
}
