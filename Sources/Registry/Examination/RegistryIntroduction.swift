package import Model

/// What `/v2/` tells of a registry.
package struct RegistryIntroduction: Hashable, Sendable {
  package let kind: RegistryKind
  package let credentials: CredentialsExamination
  /// The host's clock, to the second; nil where it does not tell.
  package let date: Timestamp?
}

/// What a registry makes of the credentials for it as a whole. An auth file may have others for a repository.
package enum CredentialsExamination: Hashable, Sendable {
  case notAskedFor
  /// It takes those of this place. `user` is nil for a token.
  case taken(user: String?, origin: String)
  /// There are none, and it lets everybody in.
  case anonymous
  /// It asks for some, and there are none. The text has the remedy, as the next one's.
  case missing(String)
  /// They can't be read, or it refuses them.
  case refused(user: String?, String)
  case unknown(String)
}
