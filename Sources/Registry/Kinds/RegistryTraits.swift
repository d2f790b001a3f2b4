/// What sets a kind of registry apart from the specification, and from the others.
package struct RegistryTraits: Hashable, Sendable {
  /// What becomes of `DELETE /v2/NAME/manifests/TAG` (OCI distribution-spec, "Deleting tags").
  package enum TagDeletion: Hashable, Sendable {
    /// Documented to delete the tag and leave its manifest: it is sent.
    case native
    /// Sent only where a tag of our own was deleted so before, and its manifest stayed.
    case proven
    /// Its own `DELETE /acr/v1/NAME/_tags/TAG`.
    case acr
    /// Never sent: documented to be refused.
    case refused
  }

  package let name: String
  package let tagDeletion: TagDeletion
  /// Where tags are not deleted natively, they may be deleted with a manifest of our own that they point to.
  package let emulatesDeletion: Bool
  /// Deletions of tags in a second at most; nil for no limit of ours.
  package var deletionsPerSecond: Int?
  /// What may delete a manifest that no tag points to any more; nil where nothing is known to.
  package var collection: String?
  /// What the registry needs beside the address and credentials, for people.
  package let settings: String
}
