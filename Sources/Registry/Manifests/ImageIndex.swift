import Model

/// An OCI image index that is edited: a layout's `index.json`, the referrers of an image (OCI image-spec, "Image
/// Index"). What this code does not know of stays as it is.
package struct ImageIndex: Sendable {
  /// One of its `manifests`, a descriptor with all its members.
  package struct Entry: Hashable, Sendable {
    package let descriptor: Descriptor
    var members: [String: JSONValue]

    /// Nil where the descriptor has no SHA-256 digest, no size or no media type.
    init?(_ value: JSONValue) {
      guard let members = value.members, let type = members["mediaType"]?.text,
        let size = members["size"]?.integer, size >= 0,
        let digest = members["digest"]?.text.flatMap({ try? Digest($0) })
      else { return nil }
      descriptor = Descriptor(mediaType: type, digest: digest, size: size)
      self.members = members
    }

    init(_ descriptor: Descriptor, annotations: [String: String] = [:]) {
      self.descriptor = descriptor
      members = [
        "mediaType": .string(descriptor.mediaType), "digest": .string(descriptor.digest.description),
        "size": .integer(descriptor.size),
      ]
      if !annotations.isEmpty { members["annotations"] = .object(annotations.mapValues { .string($0) }) }
    }

    func annotation(_ name: String) -> String? { members["annotations"]?.members?[name]?.text }
  }

  var members: [String: JSONValue]
  /// In the document's order, but for those that are no descriptors.
  package var entries: [Entry]
  /// What is no descriptor, kept.
  private let strangers: [JSONValue]

  /// Without entries.
  init() {
    members = ["schemaVersion": .integer(2), "mediaType": .string(MediaType.ociIndex.rawValue)]
    entries = []
    strangers = []
  }

  /// Nil where `bytes` are no index: no JSON object, another schema version, no `manifests`.
  package init?(json bytes: [UInt8]) {
    guard let members = JSONValue(json: bytes)?.members, members["schemaVersion"] == .integer(2),
      let manifests = members["manifests"]?.elements
    else { return nil }
    self.members = members
    entries = manifests.compactMap { Entry($0) }
    strangers = manifests.filter { Entry($0) == nil }
  }

  package var bytes: [UInt8] {
    var members = members
    members["manifests"] = .array(entries.map { .object($0.members) } + strangers)
    return JSONValue.object(members).bytes
  }
}
