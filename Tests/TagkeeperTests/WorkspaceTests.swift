import TestSupport
import Testing

@testable import tagkeeper

@Suite struct WorkspaceTests {
  /// Networks of containers have `_` in names.
  @Test func aRegistryThatTheConfigurationMayNameIsOneToAsk() async throws {
    try await withConfiguration("registry: http://my_registry:5000\nplainHTTP: true") { workspace in
      let registry = try workspace.registry(try workspace.transport(), manifests: nil)
      #expect(registry.host == "my_registry:5000")
    }
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
