package import Model

/// A manifest's or index's own bytes, with what a registry must be told of them.
package struct Manifest: Hashable, Sendable {
  package let bytes: [UInt8]
  package let mediaType: MediaType
  package let digest: Digest

  /// A manifest made here, whose type is known.
  package init(bytes: [UInt8], mediaType: MediaType) {
    self.init(bytes: bytes, mediaType: mediaType, digest: sha256(bytes))
  }

  init(bytes: [UInt8], mediaType: MediaType, digest: Digest) {
    self.bytes = bytes
    self.mediaType = mediaType
    self.digest = digest
  }

  /// A manifest as a registry sent it. Its type is its JSON's `mediaType`, else the answer's content type, else
  /// what its shape says; sent back with any other, it is refused.
  /// - Throws: `UnknownManifest` where none of them is one of the four.
  init(received bytes: [UInt8], contentType: String?) throws(UnknownManifest) {
    guard let shape = ManifestShape(json: bytes) else {
      throw UnknownManifest(description: "it is no JSON object")
    }
    if let declared = shape.mediaType {
      guard let mediaType = MediaType(contentType: declared) else {
        throw UnknownManifest(description: "its media type is \(declared.quoted)")
      }
      self.init(bytes: bytes, mediaType: mediaType)
    } else if let mediaType = MediaType(contentType: contentType) ?? shape.impliedType {
      self.init(bytes: bytes, mediaType: mediaType)
    } else {
      throw UnknownManifest(description: "it has neither a media type nor the shape of one")
    }
  }
}

/// Why bytes are not a manifest that can be tagged.
struct UnknownManifest: Error, CustomStringConvertible {
  let description: String
}

/// As much of a manifest as tells its type.
private struct ManifestShape: Decodable {
  struct Descriptor: Decodable { let mediaType: String? }
  struct Anything: Decodable { init(from decoder: any Decoder) {} }

  let schemaVersion: Int?
  let mediaType: String?
  let config: Descriptor?
  let layers: [Anything]?
  let manifests: [Anything]?

  var impliedType: MediaType? {
    guard schemaVersion == 2 else { return nil }
    if manifests != nil { return .ociIndex }
    guard let config, layers != nil else { return nil }
    // A Docker manifest without its mediaType is invalid, an OCI one is not (OCI image-spec, "Image Manifest").
    return config.mediaType?.hasPrefix("application/vnd.docker.") == true ? .dockerManifest : .ociManifest
  }
}
