/// A registry's refusal or failure: what was tried, what came, and the remedy where there is one.
package struct RegistryError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    /// The repository has no manifest of that digest.
    case missingManifest
    /// Blobs or children that the manifest names are not in the repository.
    case missingContent
    /// The registry will not have the request as it is: an invalid manifest, an immutable tag, a 400.
    case rejected
    /// Other bytes than the digest says, or another digest in the answer.
    case unexpectedDigest
    /// 401.
    case unauthorized
    /// 403.
    case denied
    /// 405 to a write: a registry in maintenance, or a proxy. Nothing on that host can be written now.
    case readOnly
    /// 429, or a pause that the registry asked for and that is too long to wait for.
    case throttled
    /// 5xx.
    case server
    /// What answers is no registry, or was not shown to be one: a portal, a proxy, a page.
    case notARegistry
    /// No complete answer came.
    case transport
    case cancelled
    /// An answer that the specification has no room for.
    case unexpected
  }

  package let kind: Kind
  /// Names the host, and never a credential.
  package let description: String
  /// True where a write may have taken effect all the same: only a fresh `HEAD` tells.
  package let isOutcomeUnknown: Bool

  package init(_ kind: Kind, _ description: String, isOutcomeUnknown: Bool = false) {
    self.kind = kind
    self.description =
      isOutcomeUnknown ? description + "; it may have taken effect all the same" : description
    self.isOutcomeUnknown = isOutcomeUnknown
  }

  /// The same of a write that an earlier try may have made.
  var withUnknownOutcome: RegistryError {
    isOutcomeUnknown ? self : RegistryError(kind, description, isOutcomeUnknown: true)
  }
}
