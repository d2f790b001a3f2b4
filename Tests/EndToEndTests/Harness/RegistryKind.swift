import Model
import TestSupport

/// The two ways in which registries let go of a tag.
enum RegistryKind: Sendable {
  /// docker-registry (distribution 2.8) deletes manifests alone: a tag dies with a tombstone.
  case distribution
  /// A scripted registry that deletes tags itself.
  case native

  /// Both; without docker-registry the second alone, but never so in CI.
  static let expected: [RegistryKind] = RealRegistry.isExpected ? [.distribution, .native] : [.native]
}

/// The registry of one test, and how it becomes read-only.
struct RegistryUnderTest {
  let address: RegistryURL
  fileprivate let storage: Storage

  fileprivate enum Storage {
    case folder(TemporaryDirectory)
    case memory(FakeRegistry)
  }

  /// Calls `body` with an address under which the same content takes no writes.
  func whileReadOnly(
    isolation: isolated (any Actor)? = #isolation, _ body: (RegistryURL) async throws -> Void
  ) async throws {
    switch storage {
    case .folder(let folder):
      try await withRealRegistry(in: folder, readOnly: true) { try await body(try $0.address) }
    case .memory(let registry):
      registry.configure { $0.isReadOnly = true }
      try await body(address)
      registry.configure { $0.isReadOnly = false }
    }
  }
}

/// Calls `body` with one channel, `latest`, on a registry of `kind`.
/// - Parameter deletes: Whether the registry deletes anything.
func withDeployment(
  on kind: RegistryKind, deletes: Bool = true, settings: String = "poll: 1h\nsweep: 7d",
  isolation: isolated (any Actor)? = #isolation,
  _ body: (Deployment, RegistryUnderTest) async throws -> Void
) async throws {
  try await withTemporaryDirectory { folder in
    let latest = #"latest: {branch: production, tag: "{image}-latest"}"#
    switch kind {
    case .distribution:
      try await withRealRegistry(in: folder, deletes: deletes) { registry in
        let registry = RegistryUnderTest(address: try registry.address, storage: .folder(folder))
        try await body(
          try await Deployment(in: folder, registry: registry.address, channels: latest, settings: settings),
          registry)
      }
    case .native:
      var behaviour = FakeRegistry.Behaviour()
      behaviour.tagDeletion = deletes ? .native : .unsupported
      behaviour.deletesManifests = deletes
      let fake = try FakeRegistry(behaviour)
      let registry = RegistryUnderTest(address: try fake.address, storage: .memory(fake))
      try await body(
        try await Deployment(in: folder, registry: registry.address, channels: latest, settings: settings),
        registry)
    }
  }
}

/// Calls `body` with one channel, `latest`, on a scripted registry: for tests of the daemon, which may not depend on
/// what is installed.
func withScriptedDeployment(
  bare: Bool = false, channels: String = #"latest: {branch: production, tag: "{image}-latest"}"#,
  settings: String = "poll: 1h\nsweep: 7d", listen: String = "none",
  isolation: isolated (any Actor)? = #isolation,
  _ body: (Deployment, FakeRegistry) async throws -> Void
) async throws {
  try await withTemporaryDirectory { folder in
    let registry = try FakeRegistry()
    try await body(
      try await Deployment(
        in: folder, registry: try registry.address, bare: bare, channels: channels, settings: settings,
        listen: listen),
      registry)
  }
}
