import Model

/// What a manifest or index names: all that has to be where it is stored.
struct ManifestContent: Sendable {
  /// Manifests and indexes, which are stored as such.
  let children: [Descriptor]
  /// Configuration and layers, foreign ones left out, each once.
  let blobs: [Descriptor]

  /// - Parameter name: The manifest, for the error.
  /// - Throws: `RegistryError` of kind `rejected` where a descriptor can't be read: what can't be named can't be
  ///   copied.
  init(_ manifest: Manifest, name: String) throws(RegistryError) {
    guard let shape = Shape(json: manifest.bytes) else {
      throw RegistryError(.rejected, "\(name): its descriptors can't be read")
    }
    let isIndex = manifest.mediaType == .ociIndex || manifest.mediaType == .dockerList
    let named = isIndex ? shape.manifests ?? [] : [shape.config].compactMap(\.self) + (shape.layers ?? [])
    var children: [Descriptor] = []
    var blobs: [Descriptor] = []
    var seen: Set<Digest> = []
    for member in named {
      let descriptor = try member.descriptor(isIndex ? MediaType.ociManifest.rawValue : "", of: name)
      // An index may name anything: what is no manifest is stored as a blob.
      if isIndex, MediaType(contentType: descriptor.mediaType) != nil {
        children.append(descriptor)
      } else if !descriptor.isForeign, seen.insert(descriptor.digest).inserted {
        blobs.append(descriptor)
      }
    }
    self.children = children
    self.blobs = blobs
  }
}

private struct Shape: Decodable {
  struct Member: Decodable {
    let mediaType: String?
    let digest: String
    let size: Int

    func descriptor(_ otherwise: String, of name: String) throws(RegistryError) -> Descriptor {
      do throws(InvalidValue) {
        let digest = try Digest(digest)
        guard size >= 0 else { throw InvalidValue("a size is below 0", remedy: "build the image again") }
        return Descriptor(mediaType: mediaType ?? otherwise, digest: digest, size: size)
      } catch {
        throw RegistryError(.rejected, "\(name): in a descriptor \(error.problem)")
      }
    }
  }

  let config: Member?
  let layers: [Member]?
  let manifests: [Member]?
}
