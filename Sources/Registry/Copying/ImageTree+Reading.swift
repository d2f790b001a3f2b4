import Model
import Synchronization

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
    self.init(root: digest, nodes: try await Self.nodes(of: digest, from: source, repository))
    var size = 0
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

  /// Level by level, the image itself first.
  private static func nodes(
    of root: Digest, from source: any ContentSource, _ repository: RepositoryName
  ) async throws(RegistryError) -> [Digest: Node] {
    let reader = Reader(source: source, repository: repository)
    var nodes: [Digest: Node] = [:]
    var wanted = [Wanted(digest: root, role: .root, indexes: 0, subjects: 0)]
    var asked: Set<Digest> = [root]
    let tooMuch = RegistryError(
      .rejected,
      "\(source.place(repository))@\(root): more than \(most) manifests, or \(mostBytes >> 20) MiB of them, "
        + "belong to it")
    let bytes = Atomic(0)
    while !wanted.isEmpty {
      let read = try await wanted.concurrentlyMapped(atOnce: 8) { next throws(RegistryError) in
        let node = try await reader.node(next)
        // One level may have more than is to be held.
        let sum = bytes.wrappingAdd(node?.manifest.bytes.count ?? 0, ordering: .relaxed).newValue
        guard sum <= mostBytes else { throw tooMuch }
        return (next, node)
      }
      wanted = []
      for case (let parent, let node?) in read {
        nodes[parent.digest] = node
        let name = "\(source.place(repository))@\(parent.digest)"
        wanted += try members(of: node, parent, name).filter { asked.insert($0.digest).inserted }
      }
      guard asked.count <= most else { throw tooMuch }
    }
    return nodes
  }

  /// What belongs to `node`: its children, and what refers to it.
  private static func members(
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
