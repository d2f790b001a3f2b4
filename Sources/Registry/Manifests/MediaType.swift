/// The media types of what a tag can point to (OCI image-spec, "Media Types"; distribution, "Image Manifest V 2,
/// Schema 2").
package enum MediaType: String, Hashable, Sendable, CaseIterable {
  case ociManifest = "application/vnd.oci.image.manifest.v1+json"
  case ociIndex = "application/vnd.oci.image.index.v1+json"
  case dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
  case dockerList = "application/vnd.docker.distribution.manifest.list.v2+json"

  /// A `Content-Type` field's value, whose parameters are ignored; nil for another type.
  init?(contentType: String?) {
    guard let type = contentType?.prefix(while: { $0 != ";" && $0 != " " && $0 != "\t" }).lowercased() else {
      return nil
    }
    self.init(rawValue: type)
  }

  /// All four in one field: without them distribution 2.8 answers 404 for OCI images, by digest too, and
  /// converts Docker images into others with another digest.
  static let accept = allCases.map(\.rawValue).joined(separator: ", ")
}
