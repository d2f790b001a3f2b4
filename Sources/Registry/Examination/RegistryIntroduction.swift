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
  /// It takes those of this place.
  case taken(origin: String)
  /// There are none, and it lets everybody in.
  case anonymous
  /// It asks for some, and there are none. The text has the remedy, as the next one's.
  case missing(String)
  /// They can't be read, or it refuses them.
  case refused(String)
  case unknown(String)
}

/// Whether the registry would let this client do something.
package enum Right: Hashable, Sendable {
  case granted
  /// The text is the registry's answer with a remedy.
  case denied(String)
  case unknown(String)
}

/// How tags would be deleted in a repository.
package enum TagDeletionWay: Hashable, Sendable {
  case native
  /// Natively where a first deletion shows that the manifest stays, else by tombstones.
  case nativeOnceProven
  /// By tombstones: manifests can be deleted, or nothing speaks against it.
  case emulated
  /// By nobody but people. The text says why.
  case impossible(String)
  case denied(String)
  case unknown(String)
}

/// How a repository's tags would be observed.
package enum ListingExamination: Hashable, Sendable {
  /// By one listing.
  case tellsDigests
  /// By a `HEAD` each.
  case tellsTags
  case unknown(String)
}

/// Where a repository keeps what refers to an image (OCI distribution-spec, "Listing Referrers").
package enum ReferrersExamination: Hashable, Sendable {
  case api
  /// Under tags that are named after the digest.
  case fallbackTag
  case unknown(String)
}

/// What asking for one tag showed.
package struct PullExamination: Hashable, Sendable {
  package let observation: Observation
  /// Fields of the answer that tell of a quota, such as `ratelimit-remaining: 76;w=21600`.
  package let quotas: [String]
}
