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
  let nodes: [Digest: Node]

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

  /// Bytes of all blobs: `largest` at most.
  var size: Int { blobs.reduce(0) { $0 + $1.size } }
}
