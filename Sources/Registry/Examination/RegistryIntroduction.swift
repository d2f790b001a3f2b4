package import Model

/// What `/v2/` tells of a registry.
package struct RegistryIntroduction: Hashable, Sendable {
  package let kind: RegistryKind
  /// It answered 401 to what was sent.
  package let wantsCredentials: Bool
  /// The host's clock, to the second; nil where it does not tell.
  package let date: Timestamp?
}
