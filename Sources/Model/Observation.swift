/// What the registry last said of a tag. "Unknown" is never "absent": only a 404 of a known registry is.
package enum Observation: Hashable, Sendable {
  case present(Digest)
  case absent
  case unknown(Failure)

  /// Why a tag's digest could not be learned.
  package struct Failure: Hashable, Sendable {
    /// The registry answered 5xx to this tag, where a torn link file can be the cause.
    package let isServerError: Bool
    /// For people: the host, the status or error, and a remedy where there is one.
    package let message: String

    package init(isServerError: Bool = false, _ message: String) {
      self.isServerError = isServerError
      self.message = message
    }
  }

  /// False where the registry did not say what the tag is.
  package var isKnown: Bool {
    if case .unknown = self { false } else { true }
  }

  /// The digest, where one is known.
  package var digest: Digest? {
    if case .present(let digest) = self { digest } else { nil }
  }
}
