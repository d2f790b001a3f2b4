package import Model

/// What names a manifest in a repository (OCI distribution-spec, `<reference>`).
package enum ManifestReference: Hashable, Sendable, CustomStringConvertible {
  case tag(TagName)
  case digest(Digest)

  package var description: String {
    switch self {
    case .tag(let tag): tag.description
    case .digest(let digest): digest.description
    }
  }
}
