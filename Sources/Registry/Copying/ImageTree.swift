import Model

/// All that belongs to an image at its source: the manifest, its children where it is an index, and what refers to each
/// of them, with everything that those have.
struct ImageTree: Sendable {
  /// How deep indexes, and referrers of referrers, may be nested: nobody nests them deeper.
  static let deepest = 3
  /// More manifests than this are no image.
  static let most = 1000
  /// Nor are manifests that have more bytes than this together: all are held while the image is copied.
  static let mostBytes = 32 << 20
  /// Nor are blobs that have more bytes than this together: a pebibyte. No sum of sizes up to it overflows.
  static let largest = 1 << 50

  struct Node: Sendable {
    let manifest: Manifest
    let content: ManifestContent
    /// As the source lists them; those that are gone, or of no type that can be stored, left out.
    var referrers: [ImageIndex.Entry] = []
    /// Tags that are named after the manifest, and the manifest that each has.
    var attachments: [TagName: Digest] = [:]
  }

  let root: Digest
  private(set) var nodes: [Digest: Node] = [:]
  /// Bytes of all blobs.
  private(set) var size = 0

  /// The digests in the order in which they are stored: what refers to a manifest, and an index's children, before it. So
  /// whoever finds an image finds it whole, wherever a copy was cut off. A registry has to take a referrer before its
  /// subject (OCI distribution-spec, "Pushing Manifests with Subject").
  var order: [Digest] {
    var order: [Digest] = []
    var seen: Set<Digest> = []
    func visit(_ digest: Digest) {
      guard let node = nodes[digest], seen.insert(digest).inserted else { return }
      for child in node.content.children { visit(child.digest) }
      for referrer in node.referrers { visit(referrer.descriptor.digest) }
      for attached in node.attachments.values.sorted() { visit(attached) }
      order.append(digest)
    }
    visit(root)
    return order
  }

  /// Each once.
  var blobs: [Descriptor] {
    var seen: Set<Digest> = []
    return order.flatMap { nodes[$0]?.content.blobs ?? [] }.filter { seen.insert($0.digest).inserted }
  }
}

extension ImageTree {
  private struct Wanted: Sendable {
    enum Role: Sendable {
      case root
      case child(of: Digest)
      /// It may be gone: whoever removed it left the list as it was.
      case referrer
    }

    let digest: Digest
    let role: Role
    let indexes: Int
    let subjects: Int
  }

  /// Reads the image `digest` of `repository`, and what belongs to it, from `source`.
  /// - Throws: `RegistryError`: of kind `missingManifest` where the source lacks the image, `missingContent` where it lacks
  ///   a child of it; also where what refers to it can't be read.
  init(
    _ digest: Digest, from source: any ContentSource, _ repository: RepositoryName
  ) async throws(RegistryError) {
    root = digest
    let reader = Reader(source: source, repository: repository)
    var wanted = [Wanted(digest: digest, role: .root, indexes: 0, subjects: 0)]
    var asked: Set<Digest> = [digest]
    var bytes = 0
    while !wanted.isEmpty {
      let read = try await wanted.concurrentlyMapped(atOnce: 8) { next throws(RegistryError) in
        (next, try await reader.node(next))
      }
      wanted = []
      for case (let parent, let node?) in read {
        bytes += node.manifest.bytes.count
        nodes[parent.digest] = node
        let name = "\(source.place(repository))@\(parent.digest)"
        for next in try Self.children(of: node, parent, name) where asked.insert(next.digest).inserted {
          wanted.append(next)
        }
      }
      guard asked.count <= Self.most, bytes <= Self.mostBytes else {
        throw RegistryError(
          .rejected,
          "\(source.place(repository))@\(digest): more than \(Self.most) manifests, or \(Self.mostBytes >> 20) MiB of them, "
            + "belong to it")
      }
    }
    for blob in blobs {
      guard blob.size <= Self.largest - size else {
        throw RegistryError(
          .rejected,
          "\(source.place(repository))@\(digest): its blobs are said to have more than 1 PiB; build the image again"
        )
      }
      size += blob.size
    }
  }

  private static func children(
    of node: Node, _ parent: Wanted, _ name: String
  ) throws(RegistryError) -> [Wanted] {
    guard node.content.children.isEmpty || parent.indexes < deepest else {
      throw RegistryError(.rejected, "\(name): indexes are nested more than \(deepest) deep")
    }
    let children = node.content.children.map {
      Wanted(
        digest: $0.digest, role: .child(of: parent.digest), indexes: parent.indexes + 1,
        subjects: parent.subjects)
    }
    let referrers = node.referrers.map(\.descriptor.digest) + node.attachments.values.sorted()
    return children
      + referrers.map {
        Wanted(digest: $0, role: .referrer, indexes: parent.indexes, subjects: parent.subjects + 1)
      }
  }

  private struct Reader: Sendable {
    let source: any ContentSource
    let repository: RepositoryName

    /// Nil for a referrer that is gone.
    func node(_ wanted: Wanted) async throws(RegistryError) -> Node? {
      guard let manifest = try await source.get(.digest(wanted.digest), in: repository) else {
        switch wanted.role {
        case .root:
          throw RegistryError(
            .missingManifest, "\(wanted.digest) is not in \(source.place(repository)); push the image there")
        case .child(let index):
          throw RegistryError(
            .missingContent,
            "\(source.place(repository)) lacks \(wanted.digest), a child of the index \(index): nothing was tagged; push "
              + "the image there again")
        case .referrer: return nil
        }
      }
      let content = try ManifestContent(manifest, name: "\(source.place(repository))@\(wanted.digest)")
      var node = Node(manifest: manifest, content: content)
      guard wanted.subjects < ImageTree.deepest else { return node }
      do throws(RegistryError) {
        node.referrers = try await source.referrers(of: wanted.digest, in: repository).filter {
          MediaType(contentType: $0.descriptor.mediaType) != nil
        }
        node.attachments = try await attachments(of: wanted.digest)
      } catch {
        throw RegistryError(
          error.kind,
          "what refers to \(source.place(repository))@\(wanted.digest) can't be read: \(error.description)")
      }
      return node
    }

    /// What cosign attached before it used referrers: tags that are named after the digest, and that no listing of
    /// referrers has (sigstore/cosign, specs/SIGNATURE_SPEC.md, "Storage").
    private func attachments(of digest: Digest) async throws(RegistryError) -> [TagName: Digest] {
      let tags = [".sig", ".att", ".sbom"].map { digest.referrersTag($0) }
      let found = try await tags.concurrentlyMapped(atOnce: tags.count) { tag throws(RegistryError) in
        (tag, try await source.digest(of: tag, in: repository))
      }
      return Dictionary(uniqueKeysWithValues: found.compactMap { tag, digest in digest.map { (tag, $0) } })
    }
  }
}
