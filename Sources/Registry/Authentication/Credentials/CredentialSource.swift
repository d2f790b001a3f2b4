package import LinuxSystem
package import Model

/// Where a client's credentials come from.
package protocol CredentialSource: Sendable {
  /// What is to be used for `repository`, or for the host itself where nil.
  /// - Parameter isFresh: For a new token, and after a refusal: what programs said before is not enough.
  /// - Throws: `RegistryError` of kind `unauthorized` where something is there and can't be used: never "anonymous" then.
  func credentials(
    for repository: RepositoryName?, isFresh: Bool
  ) async throws(RegistryError) -> FoundCredentials

  /// What differs once the files that were looked at have changed.
  func fingerprint() async -> [FileStamp?]
}

/// Credentials, and where they were.
package struct FoundCredentials: Sendable, Hashable {
  package let credentials: RegistryCredentials
  /// The place, for people: `/root/.docker/config.json`. Those of one place share what became of them.
  package let origin: String

  package init(_ credentials: RegistryCredentials, origin: String) {
    self.credentials = credentials
    self.origin = origin
  }
}

/// These, for everything, for ever.
extension RegistryCredentials: CredentialSource {
  package func credentials(
    for repository: RepositoryName?, isFresh: Bool
  ) async throws(RegistryError) -> FoundCredentials {
    FoundCredentials(self, origin: isAnonymous ? "nowhere" : "the configuration")
  }

  package func fingerprint() async -> [FileStamp?] { [] }
}
