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
