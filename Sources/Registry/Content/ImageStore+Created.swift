package import Model

extension ImageStore {
  /// When the image `digest` of `repository` was built: its configuration's `created` (OCI image-spec, "Image
  /// Configuration"); for an index the newest of its children's, attestations left out.
  ///
  /// Manifests and configurations are checked by SHA-256. A time that the builder fixed, such as 1970, is returned as it
  /// stands.
  /// - Throws: `RegistryError`, also where there is no such time: unknown is not old.
  package func created(
    of digest: Digest, in repository: RepositoryName
  ) async throws(RegistryError) -> Timestamp {
    try await created(of: digest, in: repository, depth: 0)
  }

  /// An index may have indexes as children (OCI image-spec, "Image Index"); nobody nests them deeper than this.
  private static var deepestIndex: Int { 3 }

  private func created(
    of digest: Digest, in repository: RepositoryName, depth: Int
  ) async throws(RegistryError) -> Timestamp {
    let manifest = try await manifest(digest, in: repository)
    let name = "\(place(repository))@\(digest)"
    guard let shape = ImageShape(json: manifest.bytes) else {
      throw RegistryError(.rejected, "\(name): its descriptors can't be read")
    }
    switch manifest.mediaType {
    case .ociManifest, .dockerManifest: return try await created(by: shape.config, of: name, in: repository)
    case .ociIndex, .dockerList: break
    }
    guard depth < Self.deepestIndex else {
      throw RegistryError(.rejected, "\(name): indexes are nested more than \(Self.deepestIndex) deep")
    }
    var newest: Timestamp?
    for child in shape.manifests ?? [] where !child.isAttestation {
      let digest = try child.validDigest(of: name)
      let time = try await created(of: digest, in: repository, depth: depth + 1)
      newest = max(newest ?? time, time)
    }
    guard let newest else { throw RegistryError(.rejected, "\(name): it is an index without an image") }
    return newest
  }

  private func created(
    by descriptor: ImageShape.Descriptor?, of name: String, in repository: RepositoryName
  ) async throws(RegistryError) -> Timestamp {
    guard let descriptor, descriptor.isImageConfiguration else {
      let found = descriptor?.mediaType.map { "a configuration of type \($0.quoted)" } ?? "no configuration"
      throw RegistryError(.rejected, "\(name): it is no image: it has \(found)")
    }
    let bytes = try await smallBlob(try descriptor.validDigest(of: name), in: repository)
    guard let configuration = ImageConfiguration(json: bytes) else {
      throw RegistryError(.rejected, "\(name): its configuration is no JSON object of an image")
    }
    guard let text = configuration.created else {
      throw RegistryError(.rejected, "\(name): its configuration has no \"created\" time")
    }
    do { return try Timestamp(text) } catch {
      throw RegistryError(.rejected, "\(name): its configuration's \"created\": \(error.problem)")
    }
  }
}

extension ImageShape.Descriptor {
  fileprivate func validDigest(of name: String) throws(RegistryError) -> Digest {
    do { return try Digest(digest) } catch {
      throw RegistryError(.rejected, "\(name): in a descriptor \(error.problem)")
    }
  }
}
