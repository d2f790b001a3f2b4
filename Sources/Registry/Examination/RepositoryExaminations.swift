package import Model

/// What asking for one tag showed.
package struct PullExamination: Hashable, Sendable {
  package let observation: Observation
  /// Fields of the answer that tell of a quota, such as `ratelimit-remaining: 76;w=21600`.
  package let quotas: [String]
}

/// Whether the registry would let this client push to a repository.
package enum PushExamination: Hashable, Sendable {
  case granted
  /// The text is the registry's answer with a remedy.
  case denied(String)
  case unknown(String)
}

/// How tags would be deleted in a repository.
package enum TagDeletionExamination: Hashable, Sendable {
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
  /// Nothing was pushed there yet.
  case nothingThere
  case unknown(String)
}

/// Where a repository keeps what refers to an image (OCI distribution-spec, "Listing Referrers").
package enum ReferrersExamination: Hashable, Sendable {
  case api
  /// Under tags that are named after the digest.
  case fallbackTag
  case unknown(String)
}
