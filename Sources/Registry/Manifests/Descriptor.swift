package import Model

/// What a manifest, a configuration or a layer is known by (OCI image-spec, "Content Descriptors").
package struct Descriptor: Hashable, Sendable {
  package let mediaType: String
  package let digest: Digest
  /// Bytes.
  package let size: Int

  package init(mediaType: String, digest: Digest, size: Int) {
    self.mediaType = mediaType
    self.digest = digest
    self.size = size
  }

  /// A layer that its licence lets nobody pass on, and that registries neither have nor ask for (OCI image-spec,
  /// "Non-Distributable Layers"; distribution, "Image Manifest V 2, Schema 2", foreign layers).
  var isForeign: Bool {
    mediaType.hasPrefix("application/vnd.oci.image.layer.nondistributable.")
      || mediaType.hasPrefix("application/vnd.docker.image.rootfs.foreign.")
  }
}
