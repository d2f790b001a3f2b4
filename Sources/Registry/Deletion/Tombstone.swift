package import Model

/// What a tag points to on its way out, where a registry deletes manifests but no tags: an index without manifests,
/// which needs no blob, and which nobody can pull as an image.
package enum Tombstone {
  package static let repositoryAnnotation = "io.tagkeeper.tombstone.repository"
  package static let batchAnnotation = "io.tagkeeper.tombstone.batch"

  /// The same bytes for the same repository and batch, and others for any other.
  package static func manifest(repository: RepositoryName, batch: String) -> Manifest {
    let text =
      #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociIndex.rawValue)","manifests":[],"annotations":{"#
      + #""\#(repositoryAnnotation)":"\#(repository)","\#(batchAnnotation)":"\#(batch.escapedForJSON)"}}"#
    return Manifest(bytes: Array(text.utf8), mediaType: .ociIndex)
  }
}

extension String {
  /// RFC 8259 section 7.
  fileprivate var escapedForJSON: String {
    unicodeScalars.map { scalar in
      switch scalar {
      case "\"": #"\""#
      case "\\": #"\\"#
      case "\u{0}"..<" ":
        #"\u"# + String(repeating: "0", count: scalar.value < 16 ? 3 : 2) + String(scalar.value, radix: 16)
      default: String(scalar)
      }
    }.joined()
  }
}
