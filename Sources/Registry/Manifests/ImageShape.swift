/// As much of an image manifest or index as leads to its images' configurations (OCI image-spec, "Image Manifest",
/// "Image Index"; distribution, "Image Manifest V 2, Schema 2" and its manifest list).
struct ImageShape: Decodable {
  struct Descriptor: Decodable {
    let mediaType: String?
    let digest: String
    let annotations: [String: String]?

    /// True for what describes another child and is no image itself (BuildKit, "Image attestation storage").
    var isAttestation: Bool { annotations?["vnd.docker.reference.type"] != nil }

    /// Absent, or one of the two types of an image's configuration: an artifact's may mean anything by `created`.
    var isImageConfiguration: Bool {
      mediaType == nil || mediaType == "application/vnd.oci.image.config.v1+json"
        || mediaType == "application/vnd.docker.container.image.v1+json"
    }
  }

  let config: Descriptor?
  let manifests: [Descriptor]?
}

/// As much of an image's configuration as is read (OCI image-spec, "Image Configuration").
struct ImageConfiguration: Decodable {
  /// RFC 3339; optional by the specification.
  let created: String?
}
